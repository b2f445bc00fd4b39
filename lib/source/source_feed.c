/* Samples from the serial line. */
#include "source_feed.h"

#include <string.h>

#include "line_in.h"

void source_feed_init(source_feed_t *self)
{
    memset(self, 0, sizeof *self);
}

source_feed_order_t source_feed_order(const source_feed_t *self, uint8_t stream, uint32_t seq, uint8_t window)
{
    const uint32_t behind = self->next[stream] - seq;
    if (behind == 0) {
        return SOURCE_FEED_APPLY;
    }
    return behind <= window && behind <= self->held[stream] ? SOURCE_FEED_REPEAT : SOURCE_FEED_GAP;
}

void source_feed_accept(source_feed_t *self, uint8_t stream)
{
    self->next[stream]++;
    if (self->held[stream] < UINT8_MAX) {
        self->held[stream]++;
    }
}

int32_t source_feed_decode(const char *base64, uint8_t channels, int16_t limit, int16_t *to)
{
    uint8_t *bytes = (uint8_t *)to;
    const int32_t n = line_in_base64(base64, bytes);
    const int32_t frame_bytes = 2 * (int32_t)channels;
    if (n <= 0 || n % frame_bytes != 0) {
        return -1;
    }
    for (int32_t i = 0; i < n; i += 2) {
        const uint16_t raw = (uint16_t)(bytes[i] | (uint16_t)((uint16_t)bytes[i + 1] << 8));
        const int16_t sample = (int16_t)raw;
        if (sample > limit || sample < -limit) {
            return -2;
        }
        memcpy(bytes + i, &sample, sizeof sample);
    }
    return n / frame_bytes;
}
