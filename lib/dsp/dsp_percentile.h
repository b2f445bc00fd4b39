/* Exact percentiles of a block, without sorting or changing it: a histogram of 64 bins over min ... max, then only the bins
 * that are asked for are sorted. For a handful of values that may be reordered, dsp_median is smaller and as fast. */
#ifndef DSP_PERCENTILE_H
#define DSP_PERCENTILE_H

#include <stdint.h>

#include "rom.h"

#define DSP_PERCENTILE_BINS 64u
#define DSP_PERCENTILE_KEPT 64u  /* one more than the values that are sorted at once */
#define DSP_PERCENTILE_RANKS 8u /* order statistics that are found at once */

typedef struct {
    uint16_t count[DSP_PERCENTILE_BINS]; /* samples in min + (bin << shift) ... min + (bin + 1 << shift) - 1 */
    uint8_t mark[DSP_PERCENTILE_BINS];   /* where in `kept` the bin's next sample goes; 0: nowhere */
    int16_t kept[DSP_PERCENTILE_KEPT];   /* the samples of the bins that are asked for, bin by bin, from kept[1] on */
    int16_t min;
    uint8_t shift;
} dsp_percentile_t;

/* The p-th percentiles of x[0], x[stride], ... (n samples; n and stride are held as in dsp_sums.h) for count values of p in
 * `percents`, which rise (one below the one before counts as the one before; above 100 counts as 100; count is held to
 * DSP_PERCENTILE_RANKS). The p-th percentile is by nearest rank: the smallest sample that at least p % of all samples do not
 * exceed; p = 0 is the minimum, p = 50 the lower median, as of dsp_median. NumPy: percentile(x, p, method="inverted_cdf").
 * Of no samples each is 0. `work` needs no preparation and keeps nothing that matters.
 * Format:   int16 in and out, one unit.
 * Scaling:  none; exact: each is one of the samples.
 * Overflow: none for any input: samples are compared, moved, and subtracted from the minimum as uint16.
 * Time:     three passes over x. A bin with more samples than `kept` has room for takes up to two more for each p in it. */
void dsp_percentile(dsp_percentile_t *work, const int16_t x[], uint16_t n, uint8_t stride, const ROM uint8_t percents[], uint8_t count,
                    int16_t out[]);

/* Its parts, for dsp_stats3, which knows the range already and wants crossings from the same pass. From begin to select the
 * samples are the same, 1 <= n <= DSP_SUMS_MAX, stride >= 1, all within min ... max: nothing checks that again.
 *
 * The rank from 0 of a percentile: max(1, ceil(n * percent / 100)) - 1; n and percent are held as above. */
uint16_t dsp_percentile_rank(uint16_t n, uint8_t percent);

/* Empties the bins and lays them over min ... max (min <= max). */
void dsp_percentile_begin(dsp_percentile_t *self, int16_t min, int16_t max);

/* Counts the samples into the bins. Returns their crossings of `level`, as dsp_crossings without hysteresis does. */
uint16_t dsp_percentile_count(dsp_percentile_t *self, const int16_t x[], uint16_t n, uint8_t stride, int16_t level);

/* Moves the samples of the marked bins to `kept`; dsp_percentile_select does the marking. */
void dsp_percentile_collect(dsp_percentile_t *self, const int16_t x[], uint16_t n, uint8_t stride);

/* The samples of `count` ranks, at most DSP_PERCENTILE_RANKS, which do not fall and are below n. */
void dsp_percentile_select(dsp_percentile_t *self, const int16_t x[], uint16_t n, uint8_t stride, const uint16_t ranks[],
                           uint8_t count, int16_t out[]);

#endif
