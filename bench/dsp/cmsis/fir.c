/* CMSIS-DSP's FIR in Q15, as it is or the fast form, over the whole block at once. */
#include "dsp/filtering_functions.h"

#include "case.h"

q15_t samples[N]; /* filtered in place */
static const q15_t coefficients[] = COEFFICIENTS;
static q15_t state[TAPS + N];
static arm_fir_instance_q15 filter;

void setup(void) { (void)arm_fir_init_q15(&filter, TAPS, coefficients, state, N); }

void run(void) { FILTER(&filter, samples, samples, N); }
