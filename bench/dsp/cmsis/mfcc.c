/* CMSIS-DSP's MFCC in Q15, of N points. */
#include "dsp/transform_functions.h"

#include "case.h"

#define JOIN(a, n, b) a##n##b
#define INIT(n) JOIN(arm_mfcc_init_, n, _q15)

q15_t input[N], output[OUTPUTS];
static const q15_t dct[] = DCT, weights[] = WEIGHTS, window[] = WINDOW;
static const uint32_t first[] = FIRST, lengths[] = LENGTHS;
static q31_t scratch[N]; /* 2 N of q15_t for the FFT, which are more than the bands */
static arm_mfcc_instance_q15 plan;

void setup(void) { (void)INIT(N)(&plan, BANDS, OUTPUTS, dct, first, lengths, weights, window); }

void run(void) { (void)arm_mfcc_q15(&plan, input, output, scratch); }
