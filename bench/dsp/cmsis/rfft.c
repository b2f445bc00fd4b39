/* CMSIS-DSP's real FFT of N points, in Q15 or Q31. */
#include "dsp/transform_functions.h"

#include "case.h"

#define JOIN(a, n, b) a##n##b
#define INIT(n, q) JOIN(arm_rfft_init_, n, q)

#ifdef Q31
q31_t input[N], output[2 * N];
static arm_rfft_instance_q31 plan;

void setup(void) { (void)INIT(N, _q31)(&plan, 0, 1); }

void run(void) { arm_rfft_q31(&plan, input, output); }
#else
q15_t input[N], output[2 * N];
static arm_rfft_instance_q15 plan;

void setup(void) { (void)INIT(N, _q15)(&plan, 0, 1); }

void run(void) { arm_rfft_q15(&plan, input, output); }
#endif
