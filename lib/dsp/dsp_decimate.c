/* Decimation by averaging; the division is a multiplication by the reciprocal. */
#include "dsp_decimate.h"

void dsp_decimate_init(dsp_decimate_t *self, uint16_t factor)
{
    if (factor < 1u) {
        factor = 1;
    }
    if (factor > DSP_DECIMATE_MAX) {
        factor = DSP_DECIMATE_MAX;
    }
    self->factor = (uint8_t)factor;
    self->inverse_q15 = (uint16_t)((0x8000ul + factor / 2u) / factor);
    self->frames = 0;
    for (uint8_t i = 0; i < 3u; i++) {
        self->sum[i] = 0;
    }
}

bool dsp_decimate_push(dsp_decimate_t *self, const int16_t in[3], int16_t out[3])
{
    for (uint8_t i = 0; i < 3u; i++) {
        self->sum[i] += in[i];
    }
    self->frames++;
    if (self->frames < self->factor) {
        return false;
    }
    for (uint8_t i = 0; i < 3u; i++) {
        /* An arithmetic shift: all our compilers have it, and it rounds to nearest with the half added. */
        int32_t mean = (self->sum[i] * (int32_t)self->inverse_q15 + 0x4000) >> 15;

        out[i] = (int16_t)(mean > 32767 ? 32767 : mean < -32768 ? -32768 : mean);
        self->sum[i] = 0;
    }
    self->frames = 0;
    return true;
}
