/* FIR filters: the new samples are put behind the past ones, so that the sums need no ring. */
#include "dsp_fir.h"

#include "dsp_fir_core.h"

void dsp_fir_init(dsp_fir_t *self, const ROM int32_t *design, int32_t line[], uint16_t block)
{
    const uint32_t bias = (uint32_t)dsp_fir_core_bias();

    self->line = line;
    self->taps = design + DSP_FIR_HEAD;
    self->count = (uint16_t)(design[0] & ~1);
    self->block = block > 0u ? block : 1u;
    self->shift = (uint8_t)design[1] & 31u;
    self->fine = (uint8_t)design[2] & 7u;
    self->inner = (uint16_t)(design[3] & ~1);
    self->inner_end = (uint16_t)(design[4] & ~1);
    uint32_t start = ((uint32_t)1 << self->shift >> 1) << self->fine, start_inner = 0;
    for (uint16_t i = 0; i < self->count; i = (uint16_t)(i + 2u)) {
        const int32_t two = self->taps[i / 2u];
        const uint32_t both = bias * (uint32_t)((int16_t)(two & 0xFFFF) + (two >> 16));

        if (i < self->inner || i >= self->inner_end) {
            start -= both;
        } else {
            start_inner -= both;
        }
        line[i / 2u] = (int32_t)(bias << 16 | bias);
    }
    self->start = (int32_t)start;
    self->start_inner = (int32_t)start_inner;
}

void dsp_fir(dsp_fir_t *self, const int16_t in[], int16_t out[], uint16_t n)
{
    while (n > 0u) {
        const uint16_t part = n < self->block ? n : self->block;

        dsp_fir_core_load(self->line + self->count / 2u, in, part);
        dsp_fir_core_run(self, 1, out, part, 1);
        dsp_fir_core_move(self->line, part, self->count);
        in += part;
        out += part;
        n = (uint16_t)(n - part);
    }
}
