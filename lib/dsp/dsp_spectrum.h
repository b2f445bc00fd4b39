/* Power by frequency from an autocorrelation (Blackman and Tukey): no FFT and no buffer of samples. */
#ifndef DSP_SPECTRUM_H
#define DSP_SPECTRUM_H

#include <stdint.h>

#define DSP_SPECTRUM_LAGS 13u /* lags 0 ... 12, Hann-weighted */
#define DSP_SPECTRUM_BINS 26u /* bin k is the frequency k / 50 of the sampling rate: 0.2 Hz apart at 10 Hz */

/* Power of each bin, relative to the mean power (1.0 everywhere for white noise). rho_q15[l] is the autocorrelation at
 * lag l over that at lag 0; rho_q15[0] is taken as 1.
 * Format:   Q15 in, Q10 out.
 * Scaling:  power = 1 + 2 * sum of hann(l) * rho(l) * cos(2 pi k l / 50); absolute error below 0.003. Small negative values are
 *           possible: the Hann lag window has side lobes.
 * Overflow: none: 12 products of |rho * hann| <= 2^15 and |cos| <= 2^12 add up to less than 2^31; |out| <= 1 + 2 * 6, below 2^14. */
void dsp_spectrum(const int16_t rho_q15[DSP_SPECTRUM_LAGS], int16_t power_q10[DSP_SPECTRUM_BINS]);

#endif
