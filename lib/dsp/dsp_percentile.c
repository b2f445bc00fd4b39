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

/* The sample of `rank` in the bin of 2^shift values from `low` on: 64 bins over that bin, and again, until a bin is a value.
 * Returns the rank of the next larger value. */
HOT static uint16_t refine(dsp_percentile_t *self, const int16_t x[], uint16_t n, uint8_t stride, uint16_t rank, int16_t *value)
{
    const int16_t *end = &x[(n - 1ul) * stride] + 1;
    uint8_t shift = self->shift;
    int32_t low = *value;
    uint32_t before = 0, past = 0;

    while (shift != 0u) {
        const uint8_t next = shift > BITS ? (uint8_t)(shift - BITS) : 0u;
        const uint16_t *count = self->count;

        for (uint8_t i = 0; i < DSP_PERCENTILE_BINS; i++) {
            self->count[i] = 0;
        }
        for (int32_t i = -1 - (int32_t)((n - 1ul) * stride); i < 0; i += stride) {
            const uint32_t above = (uint32_t)(end[i] - low);

            if (above >> shift == 0u) {
                self->count[above >> next]++;
            }
        }
        for (; before + *count <= rank; count++) {
            before += *count;
            low += (int32_t)1 << next;
        }
        shift = next;
        past = before + *count;
    }
    *value = (int16_t)low;
    return (uint16_t)past;
}

/* Where each rank is: its bin, and its rank among that bin's samples. The ranks rise. */
HOT static void locate(const uint16_t count[], const uint16_t ranks[], uint8_t wanted, uint16_t n, uint8_t bins[],
                       uint16_t within[])
{
    const uint16_t *next = count;
    uint32_t rank = 0, past = *next++; /* samples up to this bin */

    for (uint8_t i = 0; i < wanted; i++) {
        rank = ranks[i] > rank ? ranks[i] : rank;
        rank = rank < n ? rank : n - 1u;
        while (past <= rank) {
            past += *next++;
        }
        bins[i] = (uint8_t)(next - count - 1);
        within[i] = (uint16_t)(rank + next[-1] - past);
    }
}

void dsp_percentile_select(dsp_percentile_t *self, const int16_t x[], uint16_t n, uint8_t stride, const uint16_t ranks[],
                           uint8_t count, int16_t out[])
{
    uint8_t bins[DSP_PERCENTILE_RANKS], used = 1;
    uint16_t within[DSP_PERCENTILE_RANKS], past = 0;

    count = count > DSP_PERCENTILE_RANKS ? DSP_PERCENTILE_RANKS : count;
    locate(self->count, ranks, count, n, bins, within);
    for (uint8_t i = 0; i < count; i++) {
        const uint16_t size = self->count[bins[i]];

        out[i] = (int16_t)(self->min + ((int32_t)bins[i] << self->shift)); /* which is it where a bin is a value */
        if (self->shift != 0u && self->mark[bins[i]] == 0u && size <= DSP_PERCENTILE_KEPT - used) {
            self->mark[bins[i]] = used;
            used = (uint8_t)(used + size);
        }
    }
    if (used != 1u) {
        dsp_percentile_collect(self, x, n, stride);
    }
    for (uint8_t i = 0; i < count; i++) {
        if (self->mark[bins[i]] != 0u) {
            const uint8_t size = (uint8_t)self->count[bins[i]];
            int16_t *kept = &self->kept[self->mark[bins[i]] - size];

            if (i == 0u || bins[i] != bins[i - 1u]) {
                dsp_sort(kept, size);
            }
            out[i] = kept[within[i]];
        }
    }
    for (uint8_t i = 0; i < count; i++) {
        if (self->mark[bins[i]] == 0u && self->shift != 0u) {
            const bool same = i != 0u && bins[i] == bins[i - 1u] && within[i] < past;

            if (same) {
                out[i] = out[i - 1u];
            } else {
                past = refine(self, x, n, stride, within[i], &out[i]);
            }
        }
    }
}

void dsp_percentile(dsp_percentile_t *work, const int16_t x[], uint16_t n, uint8_t stride, const ROM uint8_t percents[],
                    uint8_t count, int16_t out[])
{
    uint16_t ranks[DSP_PERCENTILE_RANKS];
    int16_t range[2];

    n = n > DSP_SUMS_MAX ? DSP_SUMS_MAX : n;
    stride = stride == 0u ? 1u : stride;
    count = count > DSP_PERCENTILE_RANKS ? DSP_PERCENTILE_RANKS : count;
    for (uint8_t i = 0; i < count; i++) {
        ranks[i] = dsp_percentile_rank(n, percents[i]);
        out[i] = 0;
    }
    if (n != 0u) {
        (void)dsp_range(x, n, stride, range);
        dsp_percentile_begin(work, range[0], range[1]);
        (void)dsp_percentile_count(work, x, n, stride, range[0]);
        dsp_percentile_select(work, x, n, stride, ranks, count, out);
    }
}
