/* Order statistics by histogram. */
#include "dsp_percentile.h"

#include <stddef.h>
#include <string.h>

#include "cpu.h"
#include "dsp_range.h"
#include "dsp_sort.h"
#include "dsp_sums.h"

enum { BITS = 6 }; /* of the number of a bin */

uint16_t dsp_percentile_rank(uint16_t n, uint8_t percent)
{
    n = n > DSP_SUMS_MAX ? DSP_SUMS_MAX : n;
    if (percent >= 100u || n == 0u) {
        return (uint16_t)(n == 0u ? 0u : n - 1u);
    }
    /* x / 25 as (x + 1) * 41943 / 2^20: 41943 / 2^20 is less than 1/25 by 4 * 10^-8, and x is at most 101400. */
    const uint16_t at_least = (uint16_t)(((((uint32_t)n * percent + 99u) / 4u + 1u) * 41943u) >> 20);

    return (uint16_t)(at_least == 0u ? 0u : at_least - 1u);
}

void dsp_percentile_begin(dsp_percentile_t *self, int16_t min, int16_t max)
{
    uint16_t range = (uint16_t)((uint16_t)max - (uint16_t)min); /* an int may have 16 bits */
    uint8_t shift = 0;

    for (; range >= DSP_PERCENTILE_BINS; range >>= 1) {
        shift++;
    }
    memset(self, 0, offsetof(dsp_percentile_t, kept)); /* the counts and the marks */
    self->min = min;
    self->shift = shift;
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

        memset(self->count, 0, sizeof self->count);
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

HOT void dsp_percentile_select(dsp_percentile_t *self, const int16_t x[], uint16_t n, uint8_t stride, const uint16_t ranks[],
                               uint8_t count, int16_t out[])
{
    uint32_t within[DSP_PERCENTILE_RANKS]; /* rank among the samples of the bin */
    uint8_t bins[DSP_PERCENTILE_RANKS], places[DSP_PERCENTILE_RANKS]; /* places: of the bin in `kept`, or 0 */
    const uint16_t *next = self->count;
    const uint32_t shift = self->shift;
    uint32_t used = 1, past = *next, crowded = 0; /* past: samples up to this bin */

    for (uint32_t i = 0; i < count; i++) {
        const uint32_t rank = ranks[i];

        while (past <= rank) {
            past += *++next;
        }
        const uint32_t bin = (uint32_t)(next - self->count), size = *next;
        bins[i] = (uint8_t)bin;
        within[i] = rank + size - past;
        out[i] = (int16_t)(self->min + (int32_t)(bin << shift)); /* which is it where a bin is a value */
        places[i] = 0;
        if (shift == 0u) {
            continue;
        }
        if (self->mark[bin] == 0u && size <= DSP_PERCENTILE_KEPT - used) {
            self->mark[bin] = (uint8_t)used;
            used += size;
        }
        places[i] = self->mark[bin];
        crowded |= places[i] == 0u;
    }
    if (used != 1u) {
        dsp_percentile_collect(self, x, n, stride);
    }
    for (uint32_t i = 0; i < count; i++) {
        if (places[i] != 0u) {
            if (i == 0u || places[i] != places[i - 1u]) {
                dsp_sort(&self->kept[places[i]], (uint8_t)self->count[bins[i]]);
            }
            out[i] = self->kept[places[i] + within[i]];
        }
    }
    past = 0;
    for (uint32_t i = 0; i < count && crowded != 0u; i++) {
        if (places[i] == 0u) {
            if (i != 0u && bins[i] == bins[i - 1u] && within[i] < past) { /* as many samples have one value */
                out[i] = out[i - 1u];
            } else {
                past = refine(self, x, n, stride, (uint16_t)within[i], &out[i]);
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
        const uint16_t rank = dsp_percentile_rank(n, percents[i]);

        ranks[i] = i != 0u && rank < ranks[i - 1u] ? ranks[i - 1u] : rank;
        out[i] = 0;
    }
    if (n != 0u) {
        (void)dsp_range(x, n, stride, range);
        dsp_percentile_begin(work, range[0], range[1]);
        (void)dsp_percentile_count(work, x, n, stride, range[0]);
        dsp_percentile_select(work, x, n, stride, ranks, count, out);
    }
}
