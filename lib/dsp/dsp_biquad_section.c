/* A section in portable C. */
#include "dsp_biquad_section.h"

#include "cpu.h"

#if !defined(CPU_SIMD) && !defined(CPU_THUMB1)

/* The sum, modulo 2^32: a part may wrap, the whole does not. */
static int32_t step(dsp_biquad_t *self, const dsp_biquad_section_t *c, int16_t x)
{
    const uint32_t sum = (uint32_t)self->s1 + (uint32_t)(c->b0 * x);
    const int16_t y = (int16_t)((int32_t)sum >> 14);

    const uint32_t rest = c->e > 0 ? sum : 0x4000u - sum; /* once a1 * y has taken e * y off */

    self->s1 = (int32_t)((uint32_t)self->s2 + rest + (uint32_t)(c->b1 * x) + (uint32_t)(c->a1 * y));
    self->s2 = (int32_t)((uint32_t)(c->b2 * x) + (uint32_t)(c->a2 * y));
    return (int32_t)sum;
}

void dsp_biquad_section_inner(
    dsp_biquad_t *self, const dsp_biquad_section_t *c, const int16_t *in, int16_t *out, uint32_t n
)
{
    for (; n > 0u; n--) {
        *out++ = (int16_t)(step(self, c, *in++) >> 14);
    }
}

void dsp_biquad_section_last(
    dsp_biquad_t *self, const dsp_biquad_section_t *c, const int16_t *in, int16_t *out, uint32_t n
)
{
    for (; n > 0u; n--) {
        const int32_t y = (step(self, c, *in++) + c->centre) >> c->shift;

        *out++ = (int16_t)(y > 32767 ? 32767 : y < -32768 ? -32768 : y);
    }
}

#endif
