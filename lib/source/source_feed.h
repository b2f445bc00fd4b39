/* Samples from the serial line: `feed STREAM SEQ BASE64`, in order, none lost, none twice. */
#ifndef SOURCE_FEED_H
#define SOURCE_FEED_H

#include <stddef.h>
#include <stdint.h>

enum { SOURCE_FEED_STREAMS = 4 }; /* the most streams an app can have */

typedef struct {
    uint32_t next[SOURCE_FEED_STREAMS]; /* the sequence number that each stream expects; starts at 0 */
    uint8_t held[SOURCE_FEED_STREAMS];  /* feeds accepted since the start, at most 255: older ones cannot be repeated */
} source_feed_t;

typedef enum {
    SOURCE_FEED_APPLY,  /* the expected one: use the frames */
    SOURCE_FEED_REPEAT, /* one of the last `window`: it was applied before, only its acknowledgement was lost */
    SOURCE_FEED_GAP     /* anything else: refuse it and tell what is expected */
} source_feed_order_t;

void source_feed_init(source_feed_t *self);

/* Where `seq` stands in its stream; modulo 2^32. */
source_feed_order_t source_feed_order(const source_feed_t *self, uint8_t stream, uint32_t seq, uint8_t window);
void source_feed_accept(source_feed_t *self, uint8_t stream);

/* Decodes little-endian int16 frames of `channels` into `to`, which may be the start of the line's own buffer.
 * Returns the number of frames, or -1 when it is not base64 or not whole frames, or -2 when a sample's magnitude is
 * above `limit`. */
int32_t source_feed_decode(const char *base64, uint8_t channels, int16_t limit, int16_t *to);

#endif
