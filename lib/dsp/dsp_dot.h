/* The sum of the products of two rows of samples. */
#ifndef DSP_DOT_H
#define DSP_DOT_H

#include <stdint.h>

/* Sum of a[i] * b[i], i = 0 ... n - 1; the rows may be the same or overlap, and lie at any address of an int16.
 * Format:   int16 in, int32 out in their unit squared.
 * Scaling:  none; exact.
 * Overflow: none while the sum of a[i]^2 and that of b[i]^2 are both below 2^31: no partial sum is then larger (Cauchy and
 *           Schwarz). Otherwise take dsp_dot_wide. */
int32_t dsp_dot(const int16_t a[], const int16_t b[], uint16_t n);

/* The same for any samples.
 * Format:   int16 in, int64 out in their unit squared.
 * Scaling:  none; exact.
 * Overflow: none: |sum| <= 65535 * 2^30 < 2^46, which is why it is 64 bits wide. */
int64_t dsp_dot_wide(const int16_t a[], const int16_t b[], uint16_t n);

#endif
