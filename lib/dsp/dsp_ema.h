/* Exponential moving average: the simplest low-pass, and what it leaves, a high-pass. */
#ifndef DSP_EMA_H
#define DSP_EMA_H

#include <stdint.h>

typedef struct {
    int32_t mean_q15;   /* -2^30 ... 2^30 - 1 */
    uint16_t rest_q30;  /* what rounding cut off mean_q15: 0 ... 2^15 - 1 */
    uint16_t alpha_q15; /* the newest sample's part: 1 ... 2^15 */
} dsp_ema_t;

/* alpha_q15 is held to 1 ... 32768; a power of two is no faster than another. The mean starts at `start`: the first sample,
 * if it is to settle at once, or 0. fieldmouse.design.filters.ema gives alpha_q15 for a cut-off in Hz. */
void dsp_ema_init(dsp_ema_t *self, uint16_t alpha_q15, int16_t start);

/* The mean after each of n samples: mean += alpha * (x - mean). `in` and `out` may be the same array.
 * (Smith, Introduction to Digital Filters, on the one-pole filter; Oppenheim & Schafer, 6.9, on dead bands.)
 * Format:   int16 in and out.
 * Scaling:  gain 1 at frequency 0. The state has 30 bits of fraction, so there is no dead band: a constant is reached
 *           exactly. Error against the same alpha in float64: 0.501 (the output's rounding, and 2^-30 / alpha before it).
 *           A step is within 1/2 of its end after ln(2 * step) / alpha samples.
 * Overflow: none for any samples: |x * 2^15 - mean| < 2^31, alpha times its upper 17 bits <= 2^31 only where it is negative,
 *           and the mean never passes x, as alpha <= 1 and the rest < 1. */
void dsp_ema_low(dsp_ema_t *self, const int16_t in[], int16_t out[], uint16_t n);

/* Each sample minus the mean after it.
 * Format:   as dsp_ema_low.
 * Scaling:  as dsp_ema_low.
 * Overflow: saturates: x - mean may be as much as twice int16. */
void dsp_ema_high(dsp_ema_t *self, const int16_t in[], int16_t out[], uint16_t n);

#endif
