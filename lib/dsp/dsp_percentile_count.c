/* The two passes of dsp_percentile over its samples. */
#include "cpu.h"
#include "dsp_percentile.h"

#ifndef CPU_THUMB1
/* `end` is past the last sample, and the index counts up to 0, so that one addition both steps and ends the loop. */
HOT uint16_t dsp_percentile_count(dsp_percentile_t *self, const int16_t x[], uint16_t n, uint8_t stride, int16_t level)
{
    const int16_t *end = &x[(n - 1ul) * stride] + 1;
    const int32_t min = self->min;
    const uint8_t shift = self->shift;
    uint16_t *count = self->count;
    uint16_t crossings = x[0] < level ? UINT16_MAX : 0u; /* the first sample below is no crossing */
    int32_t i = -1 - (int32_t)((n - 1ul) * stride);

    for (;;) {
        while (end[i] >= level) {
            count[(uint32_t)(end[i] - min) >> shift]++;
            i += stride;
            if (i >= 0) {
                return crossings;
            }
        }
        crossings++;
        while (end[i] < level) {
            count[(uint32_t)(end[i] - min) >> shift]++;
            i += stride;
            if (i >= 0) {
                return crossings;
            }
        }
        crossings++;
    }
}

HOT void dsp_percentile_collect(dsp_percentile_t *self, const int16_t x[], uint16_t n, uint8_t stride)
{
    const int16_t *end = &x[(n - 1ul) * stride] + 1;
    const int32_t min = self->min;
    const uint8_t shift = self->shift;
    uint8_t *mark = self->mark;
    int16_t *kept = self->kept;

    for (int32_t i = -1 - (int32_t)((n - 1ul) * stride); i < 0; i += stride) {
        const int32_t now = end[i];
        const uint32_t bin = (uint32_t)(now - min) >> shift;
        const uint8_t place = mark[bin];

        if (place != 0u) {
            mark[bin] = (uint8_t)(place + 1u);
            kept[place] = (int16_t)now;
        }
    }
}
#endif
