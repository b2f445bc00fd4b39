/* Overlapping windows of a stream: samples come in pieces of any size, each complete window goes out as one array. */
#ifndef DSP_FRAMES_H
#define DSP_FRAMES_H

#include <stdbool.h>
#include <stdint.h>

#include "dsp_ring.h"

typedef struct {
    dsp_ring_t ring; /* the samples that later windows need, at most `length` */
    uint16_t hop;    /* samples from one window's start to the next one's, 1 ... length */
} dsp_frames_t;

/* Windows of `length` samples, one every `hop`; the stream starts anew. `store` has `length` samples and is the caller's,
 * for as long as the windows are used. False, and no window ever comes, unless 1 <= hop <= length <= DSP_RING_SAMPLES.
 * A stream of several channels has a dsp_frames_t for each.
 * Format:   int16 samples of any unit.
 * Scaling:  none; samples are copied. Window i is samples i * hop ... i * hop + length - 1; there is no padding.
 * Overflow: none: indices stay below length. */
bool dsp_frames_init(dsp_frames_t *self, int16_t store[], uint16_t length, uint16_t hop);

/* Takes samples until a window is complete or none is left, and moves *samples and *n past what it took. True when it
 * wrote a window of `length` samples, oldest first; then there may be more. Never loops for ever in
 *     while (dsp_frames_push(&frames, &samples, &n, window)) { use(window); }
 * since a call that returns true took at least one sample.
 * Format:   *n int16 in, `length` int16 out.
 * Scaling:  none.
 * Overflow: none for any *n: at most the samples that the window still needs are taken at once. */
bool dsp_frames_push(dsp_frames_t *self, const int16_t **samples, uint16_t *n, int16_t window[]);

#endif
