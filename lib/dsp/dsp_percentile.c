/* Order statistics by histogram. */
#include "dsp_percentile.h"

#include <stdbool.h>

#include "cpu.h"
#include "dsp_range.h"
#include "dsp_sort.h"
#include "dsp_sums.h"

enum { BITS = 6 }; /* of the number of a bin */

uint16_t dsp_percentile_rank(uint16_t n, uint8_t percent)
{
    n = n > DSP_SUMS_MAX ? DSP_SUMS_MAX : n;
    percent = percent > 100u ? 100u : percent;
    const uint16_t at_least = (uint16_t)(((uint32_t)n * percent + 99u) / 100u);

    return at_least == 0u ? 0u : (uint16_t)(at_least - 1u);
}

HOT void dsp_percentile_begin(dsp_percentile_t *self, int16_t min, int16_t max)
{
    uint16_t range = (uint16_t)(max - min);

    self->min = min;
    self->shift = 0;
    for (; range >= DSP_PERCENTILE_BINS; range >>= 1) {
        self->shift++;
    }
    for (uint8_t i = 0; i < DSP_PERCENTILE_BINS; i++) {
        self->count[i] = 0;
        self->mark[i] = 0;
    }
}

HOT uint16_t dsp_percentile_count(dsp_percentile_t *self, const int16_t x[], uint16_t n, uint8_t stride, int16_t level)
{
    const int32_t min = self->min;
    const uint8_t shift = self->shift;
    uint16_t crossings = 0;
    bool below;

    n = n > DSP_SUMS_MAX ? DSP_SUMS_MAX : n;
    stride = stride == 0u ? 1u : stride;
    if (n == 0u) {
        return 0;
    }
    below = x[0] < level;
    for (uint32_t i = 0; n != 0u; n--, i += stride) {
        const int32_t now = x[i];

        if ((now < level) != below) {
            below = !below;
            crossings++;
        }
        self->count[(uint32_t)(now - min) >> shift]++;
    }
    return crossings;
}

/* One order statistic from the bin of 2^shift values at `low`: 64 bins over that bin, and again, until a bin is a value. */
HOT static int16_t refine(dsp_percentile_t *self, const int16_t x[], uint16_t n, uint8_t stride, int32_t low, uint16_t rank)
{
    uint8_t shift = self->shift;

    while (shift != 0u) {
        const uint8_t next = shift > BITS ? (uint8_t)(shift - BITS) : 0u;
        uint16_t left = n;
        uint8_t bin = 0;

        for (uint8_t i = 0; i < DSP_PERCENTILE_BINS; i++) {
            self->count[i] = 0;
        }
        for (uint32_t i = 0; left != 0u; left--, i += stride) {
            const uint32_t above = (uint32_t)(x[i] - low);

            if (above >> shift == 0u) {
                self->count[above >> next]++;
            }
        }
        for (; rank >= self->count[bin]; bin++) {
            rank = (uint16_t)(rank - self->count[bin]);
        }
        low += (int32_t)bin << next;
        shift = next;
    }
    return (int16_t)low;
}

/* Moves the samples of marked bins to `kept`. */
HOT static void collect(dsp_percentile_t *self, const int16_t x[], uint16_t n, uint8_t stride)
{
    const int32_t min = self->min;
    const uint8_t shift = self->shift;

    for (uint32_t i = 0; n != 0u; n--, i += stride) {
        const int32_t now = x[i];
        const uint32_t bin = (uint32_t)(now - min) >> shift;
        const uint8_t place = self->mark[bin];

        if (place != 0u) {
            self->mark[bin] = (uint8_t)(place + 1u);
            self->kept[place - 1u] = (int16_t)now;
        }
    }
}

void dsp_percentile_select(dsp_percentile_t *self, const int16_t x[], uint16_t n, uint8_t stride, const uint16_t ranks[],
                           uint8_t count, int16_t out[])
{
    uint8_t bins[DSP_PERCENTILE_RANKS], used = 0, bin = 0;
    uint16_t within[DSP_PERCENTILE_RANKS], before = 0, rank = 0;

    n = n > DSP_SUMS_MAX ? DSP_SUMS_MAX : n;
    stride = stride == 0u ? 1u : stride;
    count = count > DSP_PERCENTILE_RANKS ? DSP_PERCENTILE_RANKS : count;
    for (uint8_t i = 0; i < count && n == 0u; i++) {
        out[i] = 0;
    }
    count = n == 0u ? 0u : count;
    for (uint8_t i = 0; i < count; i++) {
        rank = ranks[i] > rank ? ranks[i] : rank;
        rank = rank < n ? rank : (uint16_t)(n - 1u);
        while (rank - before >= self->count[bin]) {
            before = (uint16_t)(before + self->count[bin++]);
        }
        bins[i] = bin;
        within[i] = (uint16_t)(rank - before);
        out[i] = (int16_t)(self->min + (bin << self->shift)); /* which is it where a bin is a value */
        if (self->shift != 0u && self->mark[bin] == 0u && self->count[bin] <= DSP_PERCENTILE_KEPT - used) {
            self->mark[bin] = (uint8_t)(used + 1u);
            used = (uint8_t)(used + self->count[bin]);
        }
    }
    if (used != 0u) {
        collect(self, x, n, stride);
    }
    for (uint8_t i = 0; i < count; i++) {
        if (self->mark[bins[i]] != 0u) {
            const uint8_t size = (uint8_t)self->count[bins[i]];
            int16_t *kept = &self->kept[self->mark[bins[i]] - 1u - size];

            if (i == 0u || bins[i] != bins[i - 1u]) {
                dsp_sort(kept, size);
            }
            out[i] = kept[within[i]];
        }
    }
    for (uint8_t i = 0; i < count; i++) {
        if (self->mark[bins[i]] == 0u && self->shift != 0u) {
            out[i] = refine(self, x, n, stride, out[i], within[i]);
        }
    }
}

void dsp_percentile(dsp_percentile_t *work, const int16_t x[], uint16_t n, uint8_t stride, const ROM uint8_t percents[],
                    uint8_t count, int16_t out[])
{
    uint16_t ranks[DSP_PERCENTILE_RANKS];
    int16_t range[2];

    count = count > DSP_PERCENTILE_RANKS ? DSP_PERCENTILE_RANKS : count;
    for (uint8_t i = 0; i < count; i++) {
        ranks[i] = dsp_percentile_rank(n, percents[i]);
    }
    dsp_range(x, n, stride, range);
    dsp_percentile_begin(work, range[0], range[1]);
    (void)dsp_percentile_count(work, x, n, stride, range[0]);
    dsp_percentile_select(work, x, n, stride, ranks, count, out);
}
