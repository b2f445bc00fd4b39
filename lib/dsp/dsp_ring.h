/* A ring buffer of the newest frames: one int16 a channel, in memory that the caller owns. */
#ifndef DSP_RING_H
#define DSP_RING_H

#include <stdbool.h>
#include <stdint.h>

#define DSP_RING_SAMPLES 32767u /* most samples (frames * channels) of a ring: their bytes fit 16 bits */

typedef struct {
    int16_t *store;   /* size * channels samples, the caller's, for as long as the ring is used */
    uint16_t size;    /* frames that it can hold, at least 1 */
    uint16_t filled;  /* frames that it holds, 0 ... size */
    uint16_t next;    /* where the next frame goes, 0 ... size - 1 */
    uint16_t channels;
    uint32_t dropped; /* frames that newer ones pushed out before dsp_ring_drop took them; stays at 2^32 - 1 */
} dsp_ring_t;

/* An empty ring in `store`. False, and a ring that holds nothing and takes nothing, unless there is a channel, a frame
 * and at most DSP_RING_SAMPLES samples.
 * Format:   int16 samples of any unit, channels interleaved: frame 0's channels, then frame 1's.
 * Scaling:  none; samples are copied.
 * Overflow: none: indices stay below size, samples below 2^15, bytes below 2^16. */
bool dsp_ring_init(dsp_ring_t *self, int16_t store[], uint16_t size, uint16_t channels);

/* Puts n frames in. When there is no room the oldest go, and are counted: a sensor does not wait, and what it said last
 * matters most.
 * Format:   n * channels samples, oldest first.
 * Scaling:  none.
 * Overflow: none for any n; `dropped` saturates. */
void dsp_ring_push(dsp_ring_t *self, const int16_t frames[], uint16_t n);

/* Copies n frames, oldest first, starting `first` frames after the oldest one. They stay. False, and nothing is
 * written, when first + n frames are not there.
 * Format:   n * channels samples.
 * Scaling:  none.
 * Overflow: none: first <= filled is checked before n <= filled - first. */
bool dsp_ring_peek(const dsp_ring_t *self, uint16_t first, uint16_t n, int16_t out[]);

/* dsp_ring_peek of the newest n frames. */
bool dsp_ring_last(const dsp_ring_t *self, uint16_t n, int16_t out[]);

/* Takes the oldest n frames away, or all there are; these are not counted as dropped. */
void dsp_ring_drop(dsp_ring_t *self, uint16_t n);

#endif
