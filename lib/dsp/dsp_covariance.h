/* Covariance of three axes, and what follows from it. */
#ifndef DSP_COVARIANCE_H
#define DSP_COVARIANCE_H

#include <stdint.h>

#include "dsp_sums.h"

/* Sums of products of the axes of interleaved frames: out = {sum of x * y, of x * z, of y * z}. n is held to DSP_SUMS_MAX.
 * Format:   int16 in, int64 of the unit squared out.
 * Scaling:  none; exact.
 * Overflow: none: 4096 products of at most 2^30 sum to 2^42. */
void dsp_covariance_products(const int16_t frames[][3], uint16_t n, int64_t out[3]);

/* The covariance of two axes, population (over n; 0 of none), from the sum of their products, the sum of each and its mean
 * rounded to an integer (at most 1 off the exact mean; mean_q4 >> 4 is). With the energy as product and b = a it is the variance.
 * Format:   sums of n samples in, int32 of the unit squared out: at most 2^30 in size.
 * Scaling:  error at most 1/2 + 1 / n: the quotient is rounded, the product of what the integer means leave is cut before it.
 * Overflow: none: about the integer means the products sum to at most 4096 * 65536^2 < 2^45, the part left is at most 4096^2;
 *           the division goes in two 32-bit steps. */
int32_t dsp_covariance_of(int64_t product, int32_t a, int16_t mean_a, int32_t b, int16_t mean_b, uint16_t n);

/* Covariance matrix of n frames: out = {xx, yy, zz, xy, xz, yz}, as above; zeros of no frames. Four passes. */
void dsp_covariance(const int16_t frames[][3], uint16_t n, int32_t out[6]);

/* The correlation of two axes, from their covariance and variances: covariance / sqrt(variance_a * variance_b).
 * Format:   int32 of one unit in, Q15 out: -32767 ... 32767; 0 where a variance is 0 or less.
 * Scaling:  rounded towards zero. Error at most 2^-15, and 2 / sd^2 (sd the smaller of the two, in units) from the rounding of
 *           what comes in.
 * Overflow: none for any input: the product of the variances is below 2^62, its root below 2^31. */
int16_t dsp_covariance_correlation_q15(int32_t covariance, int32_t variance_a, int32_t variance_b);

#endif
