/* The period of a signal from its autocorrelation: lag, strength, and a place between samples. */
#ifndef DSP_PERIOD_H
#define DSP_PERIOD_H

#include <stdbool.h>
#include <stdint.h>

#define DSP_PERIOD_EIGHTHS 7u /* a peak counts as the first period from this many eighths of the highest peak on */

typedef struct {
    uint32_t lag_q8;      /* samples, 0 where there is no period */
    int16_t strength_q15; /* height of the peak: 32767 for a signal that repeats exactly, 0 where there is no period */
} dsp_period_t;

/* Looks for the period in rho_q15[i], the normalised autocorrelation at lag first + i, i = 0 ... count - 1: of
 * dsp_autocorr_q15, or of dsp_lags and dsp_ratio. False, with lag and strength 0, where no positive value has a lower
 * one on either side: silence, a slope, fewer than three lags. So give a lag more at each end than the period may have.
 *
 * What repeats after one period also repeats after two. The period is therefore not the highest peak but the first that has
 * 7/8 of its height, as in McLeod and Wyvill, "A smarter way to find pitch" (ICMC 2005), section 5. A signal whose halves
 * are that alike is said to have half its period; one that differs by more is not.
 * Format:   Q15 in, unsigned Q8 lag and Q15 strength out.
 * Scaling:  lag and strength are those of the parabola through the peak and its neighbours; those of a top that is
 *           flat for three or more are its middle and its height. From exact values of a cosine of 5 samples a period or more the lag is within 1/16 of a sample,
 *           and the strength at most 0.03 too low.
 * Overflow: none for any input: differences < 2^18 in 32 bits; the strength is held at 32767. */
bool dsp_period(const int16_t rho_q15[], uint16_t first, uint16_t count, dsp_period_t *period);

#endif
