/* Slow movement (0.2 to 0.7 Hz): how far the smoothed position moves from one second to the next, three channels.
 *
 * The position is a mean over two seconds with weights that rise and fall like a tent, one a second. A tent's spectrum has double
 * zeros at 1, 2, 3 ... Hz, so that chewing and steps do not reach the result: it is the sway of a body that stands. */
#ifndef DSP_SLOW_H
#define DSP_SLOW_H

#include <stdbool.h>
#include <stdint.h>

#define DSP_SLOW_SECOND 10u   /* samples in a second: the input is at 10 Hz */
#define DSP_SLOW_LIMIT 16383  /* moves are held to +- this: 1.3 units of the input's thousand */

typedef struct {
    int32_t sum[3];      /* of this second's samples */
    int32_t ramp[3];     /* of the same, weighted 1 ... 10 */
    int32_t last_ramp[3];/* last second's */
    int32_t position[3]; /* 100 times the smoothed position a second ago */
    uint8_t samples;     /* of this second, 0 ... 9 */
    uint8_t seconds;     /* complete ones, at most 3 */
} dsp_slow_t;

void dsp_slow_init(dsp_slow_t *self);

/* True at the end of each second from the third on: `move` has been written.
 * Format:   int16 in, int16 out: 12.5 times the input's unit, -16383 ... 16383.
 * Scaling:  move = 100 * (position - position a second ago) / 8, rounded down, held.
 * Overflow: none: |ramp| <= 55 * 2^15, |10 * sum| <= 100 * 2^15, their sum and its difference below 2^24. */
bool dsp_slow_push(dsp_slow_t *self, const int16_t in[3], int16_t move[3]);

#endif
