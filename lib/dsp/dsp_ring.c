/* A ring buffer of frames: each copy is one memcpy, or two where it wraps. */
#include "dsp_ring.h"

#include <string.h>

bool dsp_ring_init(dsp_ring_t *self, int16_t store[], uint16_t size, uint16_t channels)
{
    const bool fits = size > 0u && channels > 0u && (uint32_t)size * channels <= DSP_RING_SAMPLES;

    memset(self, 0, sizeof(*self));
    self->store = store;
    self->size = fits ? size : 0u;
    self->channels = channels;
    return fits;
}

void dsp_ring_push(dsp_ring_t *self, const int16_t frames[], uint16_t n)
{
    const uint16_t kept = n < self->size ? n : self->size;
    const uint16_t room = (uint16_t)(self->size - self->filled);
    const uint16_t to_end = (uint16_t)(self->size - self->next);
    const uint16_t start = kept < to_end ? kept : to_end; /* the rest goes to the front */
    const size_t frame = self->channels * sizeof(int16_t);

    if (self->size == 0u || n == 0u) {
        return;
    }
    frames += (size_t)(n - kept) * self->channels;
    memcpy(&self->store[(size_t)self->next * self->channels], frames, start * frame);
    memcpy(self->store, &frames[(size_t)start * self->channels], (size_t)(kept - start) * frame);
    self->next = (uint16_t)(kept < to_end ? self->next + kept : kept - to_end);
    if (n > room) {
        const uint32_t lost = (uint32_t)n - room;
        self->dropped = lost > UINT32_MAX - self->dropped ? UINT32_MAX : self->dropped + lost;
        self->filled = self->size;
    } else {
        self->filled = (uint16_t)(self->filled + n);
    }
}

bool dsp_ring_peek(const dsp_ring_t *self, uint16_t first, uint16_t n, int16_t out[])
{
    const size_t frame = self->channels * sizeof(int16_t);
    uint16_t back, at, to_end, start;

    if (first > self->filled || n > self->filled - first) {
        return false;
    }
    back = (uint16_t)(self->filled - first); /* frames before `next` */
    at = (uint16_t)(back > self->next ? self->next + (self->size - back) : self->next - back);
    to_end = (uint16_t)(self->size - at);
    start = n < to_end ? n : to_end;
    if (n > 0u) {
        memcpy(out, &self->store[(size_t)at * self->channels], start * frame);
        memcpy(&out[(size_t)start * self->channels], self->store, (size_t)(n - start) * frame);
    }
    return true;
}

bool dsp_ring_last(const dsp_ring_t *self, uint16_t n, int16_t out[])
{
    return n <= self->filled && dsp_ring_peek(self, (uint16_t)(self->filled - n), n, out);
}

void dsp_ring_drop(dsp_ring_t *self, uint16_t n)
{
    self->filled = n < self->filled ? (uint16_t)(self->filled - n) : 0u;
}
