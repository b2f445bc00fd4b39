/* A sample minus the mean of the samples around it; the sum moves along with the window. */
#include "dsp_detrend.h"

#include <string.h>

#define INVERSE_Q15 2979 /* 2^15 / 11 */

void dsp_detrend_init(dsp_detrend_t *self)
{
    memset(self, 0, sizeof(*self));
}

bool dsp_detrend_push(dsp_detrend_t *self, const int16_t in[3], int16_t out[3])
{
    int16_t *oldest = self->window[self->next];
    uint8_t middle;

    for (uint8_t i = 0; i < 3u; i++) {
        self->sum[i] += (int32_t)in[i] - oldest[i]; /* the ring starts as zeros */
        oldest[i] = in[i];
    }
    self->next = (uint8_t)(self->next + 1u < DSP_DETREND_WINDOW ? self->next + 1u : 0u);
    if (self->filled < DSP_DETREND_WINDOW) {
        self->filled++;
    }
    if (self->filled < DSP_DETREND_WINDOW) {
        return false;
    }
    middle = (uint8_t)(self->next + DSP_DETREND_WINDOW / 2u);
    if (middle >= DSP_DETREND_WINDOW) {
        middle = (uint8_t)(middle - DSP_DETREND_WINDOW);
    }
    for (uint8_t i = 0; i < 3u; i++) {
        /* An arithmetic shift; the half added rounds to nearest. */
        int32_t mean = (self->sum[i] * INVERSE_Q15 + 0x4000) >> 15;
        int32_t moved = self->window[middle][i] - mean;

        out[i] = (int16_t)(moved > DSP_DETREND_LIMIT ? DSP_DETREND_LIMIT
                           : moved < -DSP_DETREND_LIMIT ? -DSP_DETREND_LIMIT : moved);
    }
    return true;
}
