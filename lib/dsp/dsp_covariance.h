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

/* The covariance of two axes, population (over n >= 1), from the sum of their products, the sum of each and its mean rounded to
 * an integer (at most 1 off the exact mean; (mean_q4 + 8) >> 4 is). With the energy as product and b = a it is the variance.
 * Format:   sums of n samples in, int32 of the unit squared out: at most 2^30 in size.
 * Scaling:  error at most 1 unit squared: the product of what the integer means leave, and the quotient, are rounded.
 * Overflow: none: about the integer means the products sum to at most 4096 * 65536^2 < 2^45, the part left is below 4096^2;
 *           the division goes in two 32-bit steps. */
int32_t dsp_covariance_of(int64_t product, int32_t a, int16_t mean_a, int32_t b, int16_t mean_b, uint16_t n);

/* Covariance matrix of n frames: out = {xx, yy, zz, xy, xz, yz}, as above; zeros of no frames. Four passes. */
void dsp_covariance(const int16_t frames[][3], uint16_t n, int32_t out[6]);

#endif
