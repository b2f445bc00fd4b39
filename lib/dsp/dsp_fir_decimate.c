/* FIR with decimation: the filter's sums, further apart. */
#include "dsp_fir_decimate.h"

#include "dsp_fir_core.h"

void dsp_fir_decimate_init(
    dsp_fir_decimate_t *self, const ROM int32_t *design, uint16_t factor, int32_t line[], uint16_t block
)
{
    dsp_fir_init(&self->fir, design, line, block);
    self->factor = factor > 0u ? factor : 1u;
    self->skip = 0;
}

uint16_t dsp_fir_decimate(dsp_fir_decimate_t *self, const int16_t in[], int16_t out[], uint16_t n)
{
    dsp_fir_t *fir = &self->fir;
    uint16_t written = 0;

    while (n > 0u) {
        const uint16_t part = n < fir->block ? n : fir->block;
        uint16_t outputs = 0;
        uint32_t next = self->skip;

        for (; next < part; next += self->factor) {
            outputs++;
        }
        dsp_fir_core_load(fir->line + fir->count / 2u, in, part);
        if (outputs > 0u) { /* else `skip` may lie beyond the line */
            dsp_fir_core_run(fir, 1u + self->skip, out + written, outputs, self->factor);
        }
        dsp_fir_core_move(fir->line, part, fir->count);
        self->skip = (uint16_t)(next - part);
        written = (uint16_t)(written + outputs);
        in += part;
        n = (uint16_t)(n - part);
    }
    return written;
}
