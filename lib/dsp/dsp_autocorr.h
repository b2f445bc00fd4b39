/* Autocorrelation of a block of samples: how like itself it is some samples later.
 *
 * dsp_lags sums while samples arrive and keeps none, for a few lags of three channels; dsp_spectrum makes power by frequency
 * of that. These functions take a block that is in memory, any lags of it, and normalise: for a period, with dsp_period.
 * A mean that is not zero is like itself at every lag: take it away before. */
#ifndef DSP_AUTOCORR_H
#define DSP_AUTOCORR_H

#include <stdint.h>

/* sum[lag] = sum of x[i] * x[i + lag] over i = 0 ... n - 1 - lag, divided by 2^shift, for lag = 0 ... lags - 1. Returns the
 * shift: the least that brings all of them into int32, 0 ... 15. Lags from n on are 0.
 * Format:   int16 in, int32 out in their unit squared times 2^shift.
 * Scaling:  exact where the shift is 0, otherwise rounded down.
 * Overflow: none for any input: no |sum| is larger than lag 0's (Cauchy and Schwarz), which chooses the shift. */
uint8_t dsp_autocorr(const int16_t x[], uint16_t n, uint16_t lags, int32_t sum[]);

/* Normalised: the sum of x[i] * x[i + lag] divided by the root of the energies of the two segments that it multiplies,
 * x[0 ... n - 1 - lag] and x[lag ... n - 1], for lag = first ... first + count - 1. A period keeps its height at every
 * multiple, however few samples the lag leaves. 0 where a segment is silent or empty.
 * Format:   int16 in, Q15 out: -32767 ... 32767.
 * Scaling:  1 is 32767; within 3 steps.
 * Overflow: none for any input: energies < 2^46 in 64 bits; a ratio above 1 (rounding alone makes one) is held. */
void dsp_autocorr_q15(const int16_t x[], uint16_t n, uint16_t first, uint16_t count, int16_t rho_q15[]);

#endif
