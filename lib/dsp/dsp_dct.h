/* Discrete cosine transform (DCT-II): turns the logarithms of a frame's bands into cepstral coefficients. */
#ifndef DSP_DCT_H
#define DSP_DCT_H

#include <stdint.h>

#include "rom.h"

#define DSP_DCT_LIMIT 8191u /* up to here nothing is held: 32 powers of two in Q8, and dsp_logmel stays within 30 */

/* The first coefficients of a length, made by fieldmouse.design.dct. */
typedef struct {
    uint16_t length;                /* M: 2 ... 256 */
    uint16_t coefficients;          /* K: 1 ... M */
    const ROM int16_t *cosines_q15; /* a row for each k: its first M - M/2 columns if k is even, its last M/2 if odd */
} dsp_dct_t;

/* out[k] = 2^-shift * s * sum of x[n] cos(pi k (2 n + 1) / (2 M)), where s is 1 / sqrt(M) for k = 0 and sqrt(2 / M)
 * beyond: the orthonormal form (Oppenheim and Schafer, Discrete-Time Signal Processing, 3rd ed., 8.8.2). Columns mirror
 * each other, so it multiplies sums and differences of pairs: half as often, by half a table.
 * x:        int16 [M], used up. out: int16 [K], elsewhere.
 * Format:   int16 in and out, in any unit.
 * Scaling:  shift is 0 for M <= 16, 1 for M <= 64, 2 beyond; absolute error 0.5 + sum of |x| / 2^16 at most: the
 *           rounding of out and of the cosines.
 * Overflow: none: sums and differences are held to -16384 ... 16383, so that a sum of M/2 products is below
 *           sqrt(M / 2) * 2^-shift * 2^29 < 2^31; out is held to int16. Nothing is held while |x| <= DSP_DCT_LIMIT:
 *           no row of an orthonormal matrix makes more of x than its length, sqrt(M) * 2^-shift * 8191 < 2^15. */
void dsp_dct(const ROM dsp_dct_t *dct, int16_t x[], int16_t out[]);

#endif
