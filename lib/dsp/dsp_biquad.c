/* Biquad cascades: the sections one after the other over the block, each with its numbers in registers. */
#include "dsp_biquad.h"

#include "cpu.h"
#include "dsp_biquad_section.h"

static uint8_t sections_of(const ROM int16_t *design)
{
    return (uint8_t)(design[0] < 1 ? 1 : design[0] > (int16_t)DSP_BIQUAD_SECTIONS ? (int16_t)DSP_BIQUAD_SECTIONS : design[0]);
}

void dsp_biquad_init(dsp_biquad_t state[], const ROM int16_t *design)
{
    const uint8_t sections = sections_of(design);

    for (uint8_t i = 0; i < sections; i++) {
        state[i].s1 = 1 << 13; /* half: it rounds */
        state[i].s2 = 0;
    }
}

void dsp_biquad(dsp_biquad_t state[], const ROM int16_t *design, const int16_t in[], int16_t out[], uint16_t n)
{
    const uint8_t sections = sections_of(design);
    const int32_t up = design[1] & 7;

    if (n == 0u) {
        return;
    }
    design += DSP_BIQUAD_HEAD;
    for (uint8_t i = 0; i < sections; i++, design += DSP_BIQUAD_SECTION) {
        dsp_biquad_section_t c;

        c.e = design[0] < 0 ? -1 : 1;
        c.b0 = design[1];
        c.b1 = design[2];
        c.b2 = design[3];
        c.a1 = design[4];
        c.a2 = design[5];
        if (i + 1u < sections) {
            dsp_biquad_section_inner(&state[i], &c, in, out, n);
        } else {
            /* The rest in the sum is half on average: take it off, and put half a step of `out` in. */
            c.shift = 14 - up;
            c.centre = ((int32_t)1 << (c.shift - 1)) - (1 << 13);
            dsp_biquad_section_last(&state[i], &c, in, out, n);
        }
        in = out;
    }
}
