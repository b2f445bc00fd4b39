/* CMSIS-DSP's cascade of biquads, in Q15 or Q31, as it is or the fast form. */
#include "dsp/filtering_functions.h"

#include "case.h"

#ifdef Q31
q31_t samples[N]; /* filtered in place */
static const q31_t coefficients[] = COEFFICIENTS;
static q31_t state[4 * SECTIONS];
static arm_biquad_casd_df1_inst_q31 filter;

void setup(void) { arm_biquad_cascade_df1_init_q31(&filter, SECTIONS, coefficients, state, SHIFT); }
#else
q15_t samples[N]; /* filtered in place */
static const q15_t coefficients[] = COEFFICIENTS;
static q15_t state[4 * SECTIONS];
static arm_biquad_casd_df1_inst_q15 filter;

void setup(void) { arm_biquad_cascade_df1_init_q15(&filter, SECTIONS, coefficients, state, SHIFT); }
#endif

void run(void) { FILTER(&filter, samples, samples, N); }
