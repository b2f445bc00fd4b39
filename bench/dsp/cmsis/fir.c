/* CMSIS-DSP's FIR in Q15 or Q31, as it is or the fast form, over the whole block at once. */
#include "dsp/filtering_functions.h"

#include "case.h"

#ifdef Q31
q31_t samples[N]; /* filtered in place */
static const q31_t coefficients[] = COEFFICIENTS;
static q31_t state[TAPS + N - 1];
static arm_fir_instance_q31 filter;

void setup(void) { arm_fir_init_q31(&filter, TAPS, coefficients, state, N); }
#else
q15_t samples[N]; /* filtered in place */
static const q15_t coefficients[] = COEFFICIENTS;
static q15_t state[TAPS + N];
static arm_fir_instance_q15 filter;

void setup(void) { (void)arm_fir_init_q15(&filter, TAPS, coefficients, state, N); }
#endif

void run(void) { FILTER(&filter, samples, samples, N); }
