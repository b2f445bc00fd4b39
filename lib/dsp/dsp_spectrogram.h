/* A spectrogram of a stream: features of a frame every hop, with a floor for silence and one level for all frames. */
#ifndef DSP_SPECTROGRAM_H
#define DSP_SPECTROGRAM_H

#include <stdbool.h>
#include <stdint.h>

#include "dsp_frames.h"
#include "dsp_logmel.h"
#include "rom.h"

/* What is taken off a frame's bands. */
#define DSP_SPECTROGRAM_PLAIN 0u /* nothing */
#define DSP_SPECTROGRAM_MEAN 1u  /* their mean: the frame's shape without its level */
#define DSP_SPECTROGRAM_PEAK 2u  /* their largest: 0 and below */

typedef struct {
    const ROM dsp_logmel_t *logmel;
    dsp_frames_t frames;
    int16_t gate_q8; /* bands below it read as at it */
    uint8_t level;   /* one of the above */
    bool silent;     /* no band of the last frame was above the gate */
} dsp_spectrogram_t;

/* A stream from its start. `store` has N samples and is the caller's, for as long as the spectrogram is used. False,
 * and no frame ever comes, unless 1 <= hop <= N, the bands and the window fit the transform, and `level` is one of the
 * above.
 * RAM:      the struct and 2 * N int16: the store, and x of dsp_spectrogram_push. 1 kB and 40 bytes at N = 256.
 * gate_q8:  log2 of a band's energy in Q8, as dsp_logmel has it: what a band reads when there is nothing to hear, or
 *           -8192 for no gate.
 * Format:   as dsp_frames_init.
 * Scaling:  none.
 * Overflow: none. */
bool dsp_spectrogram_init(dsp_spectrogram_t *self, const ROM dsp_logmel_t *logmel, int16_t store[], uint16_t hop,
                          int16_t gate_q8, uint8_t level);

/* Takes samples until a frame is complete or none is left, and moves *samples and *n past what it took. True when the
 * first `bands` values of x are a frame's features, and `silent` speaks of that frame; then there may be more:
 *     while (dsp_spectrogram_push(&spectrogram, &samples, &n, x)) { use(x); }
 * x:        int16 [N], work space: nothing in it matters between calls.
 * Format:   int16 in, Q8 out, log2 units.
 * Scaling:  out = max(dsp_logmel, gate) - what `level` says of the frame; the mean is rounded down. A silent frame is
 *           all 0, or all gate where nothing is taken off.
 * Overflow: none: logarithms and gate are -8192 ... 8191 (the gate is held to that), so differences are below 2^14 and
 *           sums of 512 below 2^23. */
bool dsp_spectrogram_push(dsp_spectrogram_t *self, const int16_t **samples, uint16_t *n, int16_t x[]);

#endif
