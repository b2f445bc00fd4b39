/* What an application with an accelerometer usually wants of a block, at the price of the fewest passes. */
#ifndef DSP_STATS3_H
#define DSP_STATS3_H

#include <stdint.h>

#include "dsp_percentile.h"
#include "dsp_stats.h"

#define DSP_STATS3_PERCENTILES 5u /* 10, 25, 50, 75, 90 */

typedef struct {
    dsp_stats_t axis[3];                           /* mean, sd, rms, jerk, min, max, mean crossings: dsp_stats.h */
    int16_t percentile[3][DSP_STATS3_PERCENTILES]; /* exact, by nearest rank: dsp_percentile.h */
    int32_t covariance[3];                         /* xy, xz, yz, unit squared: dsp_covariance.h; variances are sd^2 */
    uint32_t sma_q4;                               /* signal magnitude area: mean of |x| + |y| + |z|, as the samples are */
} dsp_stats3_t;

/* Statistics of n interleaved frames of three axes; n is held to DSP_SUMS_MAX; of no frames everything is 0. `work` needs no
 * preparation and keeps nothing that matters. 40 figures: of each axis mean, sd, rms, mean jerk, min, max, mean crossings, and
 * the percentiles 10, 25, 50, 75, 90; the covariances xy, xz, yz; the signal magnitude area.
 * Format:   int16 in; as the functions named above; sma Q4 of the unit.
 * Scaling:  as they say; sma is rounded, error at most 1/32 of a unit.
 * Overflow: none for any input, as they say; the three magnitudes sum to at most 3 * 2^27. */
void dsp_stats3(const int16_t frames[][3], uint16_t n, dsp_percentile_t *work, dsp_stats3_t *out);

#endif
