/* FIR filters: the new samples are put behind the past ones, so that the sums need no ring. */
#include "dsp_fir.h"

#include "dsp_fir_core.h"

void dsp_fir_init(dsp_fir_t *self, const ROM int16_t *design, int16_t line[], uint16_t block)
{
    const int16_t silence = 0;

    self->line = line;
    self->design = design;
    self->block = block > 0u ? block : 1u;
    for (int16_t i = 0; i < design[0] - 1; i++) {
        dsp_fir_core_load(&line[i], &silence, 1);
    }
}

void dsp_fir(dsp_fir_t *self, const int16_t in[], int16_t out[], uint16_t n)
{
    const uint16_t past = (uint16_t)(self->design[0] - 1);

    while (n > 0u) {
        const uint16_t part = n < self->block ? n : self->block;

        dsp_fir_core_load(self->line + past, in, part);
        dsp_fir_core_run(self->line, self->design, out, part, 1);
        dsp_fir_core_move(self->line, part, past);
        in += part;
        out += part;
        n = (uint16_t)(n - part);
    }
}
