/* One level of a wavelet transform, for any core. Approximation k is written when x[2k + 1] has been read: never too soon. */
#include "dsp_dwt_level.h"

#include "cpu.h"

#ifndef CPU_SIMD

HOT void dsp_dwt_level_haar(int16_t x[], uint16_t n, int16_t detail[])
{
    const int16_t *in = x;

    for (const int16_t *end = x + n; in != end; in += 2) {
        const int32_t even = in[0], odd = in[1];

        *x++ = (int16_t)((even + odd) >> 1);
        *detail++ = (int16_t)((even - odd) >> 1);
    }
}

#endif

#if !defined(CPU_SIMD) && !defined(CPU_THUMB1)

/* With the sums and differences of neighbours, s = x0 + x1 and p = x0 - x1, t = x2 + x3 and q = x2 - x3, that is
 *     a = s / 2 - (p - q) / 8 + lambda (t - s),   d = q / 2 + (t - s) / 8 + lambda (p - q),   lambda = 1/8 - kappa
 * and this t and q are the next four's s and p. What rounds comes in with x0 and x2: s and q bring it into the results,
 * and the differences do not see it. */
#define LAMBDA (4096 - DSP_DWT_KAPPA)

HOT static inline void split(int32_t s, int32_t p, int32_t t, int32_t q, const uint8_t shift, int16_t *a, int16_t *d)
{
    const int32_t up = t - s, back = p - q;

    *a = (int16_t)(((s * 4 - back) * 4096 + LAMBDA * up) >> shift);
    *d = (int16_t)(((q * 4 + up) * 4096 + LAMBDA * back) >> shift);
}

HOT static inline void level(int16_t x[], uint16_t n, const uint8_t shift, int16_t detail[])
{
    const int32_t half = (int32_t)1 << (shift - 15u); /* of a step of the result, in units of s / 2 */
    const int16_t *in = x + 1, *end = x + n - 1;
    const int32_t first = x[0], last = *end + half;
    int32_t s = last + first, p = last - first;

    while (in != end) {
        const int32_t x2 = in[0] + half, x3 = in[1];
        const int32_t t = x2 + x3, q = x2 - x3;

        split(s, p, t, q, shift, x++, detail++);
        s = t;
        p = q;
        in += 2;
    }
    split(s, p, last + first, last - first, shift, x, detail); /* the block is a circle */
}

HOT void dsp_dwt_level_d4(int16_t x[], uint16_t n, uint8_t halve, int16_t detail[])
{
    if (halve != 0u) {
        level(x, n, 16, detail);
    } else {
        level(x, n, 15, detail);
    }
}

#endif
