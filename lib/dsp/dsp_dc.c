/* DC removal by a leaky integrator of its own output. */
#include "dsp_dc.h"

void dsp_dc_init(dsp_dc_t *self, uint8_t shift, int16_t start)
{
    self->shift = shift < 1u ? 1u : shift > 15u ? 15u : shift;
    self->sum = (int32_t)start * ((int32_t)1 << self->shift);
}

void dsp_dc(dsp_dc_t *self, const int16_t in[], int16_t out[], uint16_t n)
{
    for (uint16_t i = 0; i < n; i++) {
        const int32_t y = in[i] - (self->sum >> self->shift);

        self->sum += y;
        out[i] = (int16_t)(y > 32767 ? 32767 : y < -32768 ? -32768 : y);
    }
}
