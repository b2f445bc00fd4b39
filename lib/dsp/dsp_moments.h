/* The shape of a distribution: skewness and kurtosis. */
#ifndef DSP_MOMENTS_H
#define DSP_MOMENTS_H

#include <stdbool.h>
#include <stdint.h>

typedef struct {
    int32_t skewness_q10; /* 0 where symmetric: within +-64 */
    int32_t kurtosis_q10; /* 3 of a normal distribution (Pearson's; subtract 3 for the excess): 1 ... 4096 */
} dsp_moments_t;

/* Population skewness and kurtosis of x[0], x[stride], ... (n samples; n and stride are held as in dsp_sums.h). False, and both
 * 0, where the standard deviation is below 1 unit: such a signal has the shape of its rounding. Three passes.
 * Format:   int16 in; Q10 out.
 * Scaling:  error at most 0.003 + 0.1 % of the value of either. The block is scaled so that its range has 13 bits, so a loud one
 *           loses up to three bits of each sample.
 * Overflow: none for any input: scaled samples about their mean are below 2^13, so 4096 fourth powers sum to below 2^64. */
bool dsp_moments(const int16_t x[], uint16_t n, uint8_t stride, dsp_moments_t *out);

#endif
