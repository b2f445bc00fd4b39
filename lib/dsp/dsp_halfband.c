/* Half-band decimation: one multiplication for four taps. */
#include "dsp_halfband.h"

#include "cpu.h"

void dsp_halfband_init(dsp_halfband_t *self, const ROM int16_t *design, int16_t line[], uint16_t block)
{
    self->line = line;
    self->design = design;
    self->block = block > 0u ? block : 1u;
    self->skip = 0;
    for (int16_t i = 0; i < 4 * design[0] - 2; i++) {
        line[i] = 0;
    }
}

/* The sum over `x`, whose taps lie at the even places but for the one in the middle; modulo 2^32. */
HOT static int16_t sum_of(const int16_t *x, const ROM int16_t *design)
{
    const int16_t pairs = design[0];
    const int16_t *old = x;
    const int16_t *late = x + 4 * pairs - 2;
    uint32_t sum = (uint32_t)((int32_t)x[2 * pairs - 1] * 0x4000 + 0x4000);

    for (int16_t k = 1; k <= pairs; k++, old += 2, late -= 2) {
        sum += (uint32_t)((int32_t)*old + *late) * (uint32_t)(int32_t)design[k];
    }
    const int32_t y = (int32_t)sum >> 15;
    return (int16_t)(y > 32767 ? 32767 : y < -32768 ? -32768 : y);
}

uint16_t dsp_halfband(dsp_halfband_t *self, const int16_t in[], int16_t out[], uint16_t n)
{
    const uint16_t past = (uint16_t)(4 * self->design[0] - 2);
    uint16_t written = 0;

    while (n > 0u) {
        const uint16_t part = n < self->block ? n : self->block;
        uint16_t i;

        for (i = 0; i < part; i++) {
            self->line[past + i] = *in++;
        }
        for (i = self->skip; i < part; i = (uint16_t)(i + 2u)) {
            out[written++] = sum_of(self->line + i, self->design);
        }
        self->skip = (uint16_t)(i - part);
        for (i = 0; i < past; i++) {
            self->line[i] = self->line[part + i];
        }
        n = (uint16_t)(n - part);
    }
    return written;
}
