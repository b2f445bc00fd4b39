/* Discrete wavelet transform of a block, Haar and D4: what happens how fast and when, in as many numbers as samples. */
#ifndef DSP_DWT_H
#define DSP_DWT_H

#include <stdbool.h>
#include <stdint.h>

/* D4 is the orthogonal wavelet of Daubechies with four taps (Communications on Pure and Applied Mathematics 41, 1988,
 * table 1, N = 2; "db2" in PyWavelets):
 *     h = (1 + r, 3 + r, 3 - r, 1 - r) / (4 sqrt 2), r = sqrt 3.
 * A level makes of n values, taken as one turn of a circle, n / 2 approximations and n / 2 details:
 *     a[k] = h0 x[2k-1] + h1 x[2k] + h2 x[2k+1] + h3 x[2k+2],   d[k] = h3 x[2k-1] - h2 x[2k] + h1 x[2k+1] - h0 x[2k+2]
 * and Haar's a[k] = (x[2k] + x[2k+1]) / sqrt 2, d[k] = (x[2k] - x[2k+1]) / sqrt 2: signs, places and ends as PyWavelets
 * has them in its mode "periodization". The next level takes the approximations.
 *
 * Coefficients lie as in numpy.concatenate(pywt.wavedec(x, wavelet, "periodization", levels)): the approximations of the
 * last level, its details, then the details of each finer level: level l's are out[n >> l] ... out[(n >> (l - 1)) - 1].
 *
 * All functions take n = 2 ... 32768, a power of two, and levels >= 1 with 2^levels <= n. With others they return false
 * and write nothing. */

/* Decomposes x. It is used up: it holds approximations afterwards.
 * Format:   int16 in any unit, n samples in, n coefficients out.
 * Scaling:  orthonormal coefficients times 2^(-l / 2) at level l, so that the approximations are means. Each level rounds
 *           down by at most 1/2: the error is below l / 2.
 * Overflow: none for any input: half a sum or difference of two int16, rounded down, is an int16. */
bool dsp_dwt_haar(int16_t x[], uint16_t n, uint8_t levels, int16_t out[]);

/* The same with D4.
 * Format:   int16 in any unit, n samples in, n coefficients out.
 * Scaling:  orthonormal coefficients times 2^(-l / 2) / 2 at level l: the approximations are half of weighted means. The
 *           error at level l is below 2.5 l, the worst seen 1.3 l; 12-bit samples gain four bits by x * 16 before.
 * Overflow: none for any input: the taps of levels 1 ... l together, at this scale, have absolute values that sum to at
 *           most 0.6 (0.5916 at worst, computed for 10 levels), and 0.6 * 2^15 + 2.5 * 15 < 2^15. Sums in Q15: 2^15 * 2^15 * 1.19 < 2^31. */
bool dsp_dwt_d4(int16_t x[], uint16_t n, uint8_t levels, int16_t out[]);

/* The samples of coefficients, from the last level to the first; x may not overlap with them.
 * Format:   int16, as written by dsp_dwt_haar; n samples out.
 * Scaling:  exact for the coefficients given. dsp_dwt_haar before it: the samples come back within 2 * levels.
 * Overflow: saturates at each level: coefficients that were changed can lie outside what samples have. */
bool dsp_dwt_haar_inverse(const int16_t coefficients[], uint16_t n, uint8_t levels, int16_t x[]);

/* The same with D4.
 * Format:   int16, as written by dsp_dwt_d4; n samples out.
 * Scaling:  rounded to nearest at each level. dsp_dwt_d4 before it: the samples come back within 4 + 6 * levels, the
 *           worst seen is 15, at 4 levels.
 * Overflow: saturates at each level. Sums in Q15: 2^15 * 2^15 * 1.19 < 2^31. */
bool dsp_dwt_d4_inverse(const int16_t coefficients[], uint16_t n, uint8_t levels, int16_t x[]);

/* Each band's share of the block's mean square: energy[0] the approximations', energy[1] the coarsest details', ...
 * energy[levels] the finest ones'. The transform is orthonormal, so they add up to the mean of x^2.
 * Format:   int16 coefficients of dsp_dwt_haar; levels + 1 values out, in the unit of x squared.
 * Scaling:  the mean of the squares of a band's coefficients, rounded down; what the coefficients' own errors e make of it:
 *           at most 2 e sqrt(energy) + e^2.
 * Overflow: none: at most 2^14 squares of at most 2^30, summed in 64 bits since 2^44 needs them; their mean <= 2^30. */
bool dsp_dwt_haar_energy(const int16_t coefficients[], uint16_t n, uint8_t levels, uint32_t energy[]);

/* The same with the coefficients of dsp_dwt_d4, whose halving it takes back: 2 e becomes 4 e.
 * Format:   int16 coefficients of dsp_dwt_d4; levels + 1 values out, in the unit of x squared.
 * Scaling:  four times the mean of the squares of a band's coefficients, rounded down.
 * Overflow: none: as above, times four, in 64 bits; the result <= 2^32 - 1 for any coefficients since 4 * 2^30 is held. */
bool dsp_dwt_d4_energy(const int16_t coefficients[], uint16_t n, uint8_t levels, uint32_t energy[]);

#endif
