/* Fewer samples: the mean of every `factor` frames of three channels. */
#ifndef DSP_DECIMATE_H
#define DSP_DECIMATE_H

#include <stdbool.h>
#include <stdint.h>

#define DSP_DECIMATE_MAX 100u

typedef struct {
    int32_t sum[3];       /* since the last output, at most 100 * 2^15 */
    uint16_t inverse_q15; /* 2^15 / factor, rounded */
    uint8_t factor;       /* frames for one output: 1 ... DSP_DECIMATE_MAX */
    uint8_t frames;       /* frames in sum */
} dsp_decimate_t;

/* factor is held to 1 ... DSP_DECIMATE_MAX. */
void dsp_decimate_init(dsp_decimate_t *self, uint16_t factor);

/* True when `out` has just been written, which is every factor-th call.
 * Format:   int16 in and out, three channels.
 * Scaling:  out = mean, rounded; relative error at most factor / 2^16 from the reciprocal: 0.01 % at 50 Hz.
 * Overflow: none: |sum| * inverse_q15 <= 100 * 2^15 * 328 < 2^31, for each factor |sum| * inverse <= 2^30 + 2^15 * factor / 2;
 *           the result is held to int16. */
bool dsp_decimate_push(dsp_decimate_t *self, const int16_t in[3], int16_t out[3]);

#endif
