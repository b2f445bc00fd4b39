/* Frames to send: lines of each command, most of them spoilt in some way, half of all with the CRC put right again. */
#ifndef GENERATE_H
#define GENERATE_H

#include <stddef.h>
#include <stdint.h>

#include "shadow.h"

enum { FRAME_BYTES = 4096, SPLICE_BYTES = 600 };

typedef struct {
    uint64_t state;
} dice_t;

/* What the generator may look back on: a frame depends on its session's frames before it and on nothing else. */
typedef struct {
    uint8_t bytes[SPLICE_BYTES];
    size_t n;
} past_t;

dice_t dice_new(uint64_t seed, uint64_t id);
uint32_t dice(dice_t *self, uint32_t sides); /* 0 … sides - 1 */

/* Writes a whole valid line without CRC and line end to `to`; returns its bytes. `changes`: a CRC is needed. */
size_t generate_command(dice_t *d, const shadow_t *now, uint8_t *to, bool *changes);
/* ` *XXXX` after the bytes since the last line end. */
size_t generate_crc(uint8_t *to, size_t n);
size_t generate_frame(dice_t *d, const shadow_t *now, past_t *past, uint8_t *to);

#endif
