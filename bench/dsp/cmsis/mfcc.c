/* CMSIS-DSP's MFCC in Q15 or Q31, of N points. */
#include "dsp/transform_functions.h"

#include "case.h"

#define JOIN(a, n, b) a##n##b
#define INIT(n, q) JOIN(arm_mfcc_init_, n, q)

#ifdef Q31
q31_t input[N], output[OUTPUTS];
static const q31_t dct[] = DCT, weights[] = WEIGHTS, window[] = WINDOW;
static q31_t scratch[2 * N]; /* of the FFT, which are more than the bands */
static arm_mfcc_instance_q31 plan;
#else
q15_t input[N], output[OUTPUTS];
static const q15_t dct[] = DCT, weights[] = WEIGHTS, window[] = WINDOW;
static q31_t scratch[N]; /* 2 N of q15_t for the FFT, which are more than the bands */
static arm_mfcc_instance_q15 plan;
#endif
static const uint32_t first[] = FIRST, lengths[] = LENGTHS;

#ifdef Q31
void setup(void) { (void)INIT(N, _q31)(&plan, BANDS, OUTPUTS, dct, first, lengths, weights, window); }

void run(void) { (void)arm_mfcc_q31(&plan, input, output, scratch); }
#else
void setup(void) { (void)INIT(N, _q15)(&plan, BANDS, OUTPUTS, dct, first, lengths, weights, window); }

void run(void) { (void)arm_mfcc_q15(&plan, input, output, scratch); }
#endif
