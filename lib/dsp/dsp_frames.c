/* Overlapping windows: a ring as long as a window, of which a hop is forgotten whenever a window went out. */
#include "dsp_frames.h"

bool dsp_frames_init(dsp_frames_t *self, int16_t store[], uint16_t length, uint16_t hop)
{
    const bool fits = hop > 0u && hop <= length;

    self->hop = hop;
    return dsp_ring_init(&self->ring, store, fits ? length : 0u, 1u);
}

bool dsp_frames_push(dsp_frames_t *self, const int16_t **samples, uint16_t *n, int16_t window[])
{
    const uint16_t missing = (uint16_t)(self->ring.size - self->ring.filled);
    const uint16_t taken = *n < missing ? *n : missing;

    if (missing == 0u) { /* only where dsp_frames_init refused */
        *samples += *n;
        *n = 0;
        return false;
    }
    dsp_ring_push(&self->ring, *samples, taken);
    *samples += taken;
    *n = (uint16_t)(*n - taken);
    if (taken < missing) {
        return false;
    }
    (void)dsp_ring_peek(&self->ring, 0, self->ring.size, window);
    dsp_ring_drop(&self->ring, self->hop);
    return true;
}
