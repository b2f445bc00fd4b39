/* Exponential moving averages; 17 x 16 bits and 15 x 16 bits make the product of 32 x 16 without 64. */
#include "dsp_ema.h"

void dsp_ema_init(dsp_ema_t *self, uint16_t alpha_q15, int16_t start)
{
    self->mean_q15 = (int32_t)start * 0x8000;
    self->rest_q30 = 0;
    self->alpha_q15 = alpha_q15 < 1u ? 1u : alpha_q15 > 0x8000u ? 0x8000u : alpha_q15;
}

/* The mean after x, rounded: its Q15 is below 2^30, so half a step more is none. */
static int16_t push(dsp_ema_t *self, int16_t x)
{
    const int32_t away = (int32_t)x * 0x8000 - self->mean_q15;
    const uint32_t low = (uint32_t)(away & 0x7FFF) * self->alpha_q15 + self->rest_q30;

    self->rest_q30 = (uint16_t)(low & 0x7FFFu);
    self->mean_q15 += (away >> 15) * (int32_t)self->alpha_q15 + (int32_t)(low >> 15);
    return (int16_t)((self->mean_q15 + 0x4000) >> 15);
}

void dsp_ema_low(dsp_ema_t *self, const int16_t in[], int16_t out[], uint16_t n)
{
    for (uint16_t i = 0; i < n; i++) {
        out[i] = push(self, in[i]);
    }
}

void dsp_ema_high(dsp_ema_t *self, const int16_t in[], int16_t out[], uint16_t n)
{
    for (uint16_t i = 0; i < n; i++) {
        const int32_t y = (int32_t)in[i] - push(self, in[i]);

        out[i] = (int16_t)(y > 32767 ? 32767 : y < -32768 ? -32768 : y);
    }
}
