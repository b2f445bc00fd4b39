/* The two passes of dsp_percentile over its samples. */
#include <stdbool.h>

#include "cpu.h"
#include "dsp_percentile.h"

#ifndef CPU_THUMB1
HOT uint16_t dsp_percentile_count(dsp_percentile_t *self, const int16_t x[], uint16_t n, uint8_t stride, int16_t level)
{
    const int32_t min = self->min;
    const uint8_t shift = self->shift;
    uint16_t crossings = 0;
    bool above = x[0] >= level;

    for (uint32_t i = 0; n != 0u; n--, i += stride) {
        const int32_t now = x[i];

        if ((now >= level) != above) {
            above = !above;
            crossings++;
        }
        self->count[(uint32_t)(now - min) >> shift]++;
    }
    return crossings;
}

HOT void dsp_percentile_collect(dsp_percentile_t *self, const int16_t x[], uint16_t n, uint8_t stride)
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
#endif
