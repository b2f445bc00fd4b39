/* Autocorrelation sums of three channels, sample by sample. */
#ifndef DSP_LAGS_H
#define DSP_LAGS_H

#include <stdint.h>

/* Puts x in front of `line`, the last `lags` samples (newest first), and adds x(t) * x(t - l), summed over the channels,
 * to sum[l] for l = 0 ... lags - 1. Zero both arrays at the start; zero `sum` alone at a block's.
 * Format:   int16 samples, int32 sums in their unit squared.
 * Scaling:  none; exact.
 * Overflow: none for up to n samples within +-m while 3 * n * m^2 < 2^31: n = 42 at m = 4095, as 42 * 3 * 4095^2 < 2^31. */
void dsp_lags_push(int16_t line[][3], int32_t sum[], uint8_t lags, const int16_t x[3]);

#endif
