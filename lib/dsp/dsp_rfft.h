/* Real FFT of int16, in place. */
#ifndef DSP_RFFT_H
#define DSP_RFFT_H

#include <stdint.h>

#include "rom.h"

#define DSP_RFFT_SAFE 23162u /* largest |x| with which no block needs the lost bit of below */

/* The plan of one length: constants in ROM. An image keeps the plans that it names and the tables that those name; lengths
 * of the same family (32, 128, 512 and 64, 256, 1024) share the tables of their passes. Never written, never made by hand. */
typedef struct {
    uint16_t n;                    /* real samples: 32 ... 1024 */
    uint8_t first;                 /* points of a transform after the first passes: 4 or 8 */
    const ROM uint32_t *passes[3]; /* -cos, -sin of 2, 1, 3 times each angle, Q15, for each radix-4 pass */
    const ROM uint32_t *split;     /* 1 + sin, cos of 2 pi k / n, k = 0 ... n/4 - 1, Q14; the cosine in the upper half */
} dsp_rfft_t;

extern const ROM dsp_rfft_t dsp_rfft_32;
extern const ROM dsp_rfft_t dsp_rfft_64;
extern const ROM dsp_rfft_t dsp_rfft_128;
extern const ROM dsp_rfft_t dsp_rfft_256;
extern const ROM dsp_rfft_t dsp_rfft_512;
extern const ROM dsp_rfft_t dsp_rfft_1024;

/* X[k] / n of n real samples, k = 0 ... n/2, where X[k] = sum of x[i] exp(-2 pi j i k / n). In: x[0] ... x[n-1]. Out, in the
 * same place: Re X[0], Re X[n/2], Re X[1], Im X[1], Re X[2], Im X[2] ... Im X[n/2-1]; the imaginary parts of X[0] and
 * X[n/2] are 0. x needs no alignment beyond that of int16_t.
 * A complex FFT of n/2 points by decimation in time, radix 4, then the split of its result (Oppenheim and Schafer,
 * Discrete-Time Signal Processing, 3rd ed., 9.3 and problem 9.30).
 * Format:   int16 in, int16 out, in the unit of the input.
 * Scaling:  X[k] / n. Absolute error of each part below 2.5 as measured, below 9 were every rounding at its worst; for a
 *           block that lost a bit, see below, 4.5 and 19.
 * Overflow: none for any input. Complex values after the first pass, whose outputs are means, may be 23,162 * sqrt(2) long;
 *           each later pass adds less than 2.7 to the length by rounding, so that nothing reaches 32,767. Longer ones, which
 *           need an |x| > DSP_RFFT_SAFE, are found by their squares; that block is halved after the first pass, and its
 *           result doubled (saturating), which costs one bit of resolution. */
void dsp_rfft_q15(const ROM dsp_rfft_t *plan, int16_t x[]);

/* The same, of a block of any level: x is shifted left as far as its largest sample allows, and the result left so. Returns
 * the number s of bits, -1 ... 15, by which the result is too large: X[k] / n = out * 2^-s. 15 for silence; one less for a
 * block that was halved.
 * Format:   int16 in, block floating point out: int16 and one exponent.
 * Scaling:  absolute error of each part below 2.5 * 2^-s as measured, 9 * 2^-s at worst.
 * Overflow: none for any input, as above. */
int8_t dsp_rfft_block_q15(const ROM dsp_rfft_t *plan, int16_t x[]);

#endif
