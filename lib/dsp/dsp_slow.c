/* Slow movement: tent-weighted means from two plain sums a second, so that no sample is kept. */
#include "dsp_slow.h"

#include <string.h>

void dsp_slow_init(dsp_slow_t *self)
{
    memset(self, 0, sizeof(*self));
}

bool dsp_slow_push(dsp_slow_t *self, const int16_t in[3], int16_t move[3])
{
    self->samples++;
    for (uint8_t i = 0; i < 3u; i++) {
        self->sum[i] += in[i];
        self->ramp[i] += (int32_t)in[i] * self->samples;
    }
    if (self->samples < DSP_SLOW_SECOND) {
        return false;
    }
    for (uint8_t i = 0; i < 3u; i++) {
        /* Weights 1 ... 10 over the last second, then 9 ... 0 over this one. */
        int32_t position = self->last_ramp[i] + 10 * self->sum[i] - self->ramp[i];
        int32_t moved = (position - self->position[i]) >> 3; /* an arithmetic shift */

        move[i] = (int16_t)(moved > DSP_SLOW_LIMIT ? DSP_SLOW_LIMIT : moved < -DSP_SLOW_LIMIT ? -DSP_SLOW_LIMIT : moved);
        self->position[i] = position;
        self->last_ramp[i] = self->ramp[i];
        self->sum[i] = 0;
        self->ramp[i] = 0;
    }
    self->samples = 0;
    if (self->seconds < 3u) {
        self->seconds++;
    }
    return self->seconds == 3u;
}
