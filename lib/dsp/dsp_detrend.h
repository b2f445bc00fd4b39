/* Movement without posture: a sample minus the mean of the eleven samples around it, three channels. */
#ifndef DSP_DETREND_H
#define DSP_DETREND_H

#include <stdbool.h>
#include <stdint.h>

#define DSP_DETREND_WINDOW 11u /* samples: 1.1 s at 10 Hz, so 0.9 Hz and its multiples pass unchanged */
#define DSP_DETREND_LIMIT 4095 /* outputs are held to +- this, so that 42 squares of three channels fit in 31 bits */

typedef struct {
    int32_t sum[3];                          /* of the window, at most 11 * 2^15 */
    int16_t window[DSP_DETREND_WINDOW][3];   /* ring */
    uint8_t next;                            /* where the next sample goes, 0 ... 10 */
    uint8_t filled;                          /* samples in the window, 0 ... 11 */
} dsp_detrend_t;

void dsp_detrend_init(dsp_detrend_t *self);

/* True when `out` has been written: from the eleventh call on, each time. `out` is five samples late.
 * Format:   int16 in, int16 out in the same unit, -4095 ... 4095.
 * Scaling:  out = middle - mean, rounded; the mean is at most 1 + |mean| / 33000 away from the exact one.
 * Overflow: none: |sum| <= 11 * 2^15, times 2979 (2^15 / 11) plus 2^14 < 2^30.1; the difference is below 2^16.1, then held. */
bool dsp_detrend_push(dsp_detrend_t *self, const int16_t in[3], int16_t out[3]);

#endif
