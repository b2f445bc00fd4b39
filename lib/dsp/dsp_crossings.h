/* How often a signal crosses a level. */
#ifndef DSP_CROSSINGS_H
#define DSP_CROSSINGS_H

#include <stdint.h>

/* Crossings of `level` in x[0], x[stride], ... (n samples; n and stride are held as in dsp_sums.h). The signal is above where
 * x >= level. With hysteresis h > 0 it turns to above only where x >= level + h, and to below only where x < level - h; it
 * starts where its first sample is with respect to the level alone. Level 0 gives zero crossings, dsp_stats_level the mean's.
 * Format:   int16 and uint16 of one unit in, a count out: at most n - 1.
 * Scaling:  none; exact.
 * Overflow: none for any input: the two thresholds are compared as int32. */
uint16_t dsp_crossings(const int16_t x[], uint16_t n, uint8_t stride, int16_t level, uint16_t hysteresis);

#endif
