/* A section in portable C: its numbers in locals, so that a compiler with registers enough keeps them there. */
#include "dsp_biquad_section.h"

#include <stdbool.h>

#include "cpu.h"

#if !defined(CPU_SIMD) && !defined(CPU_THUMB1)

/* The sum, modulo 2^32: a part may wrap, the whole does not. */
#define STEP                                                                                                           \
    const int32_t x = *in++;                                                                                           \
    const uint32_t sum = s1 + (uint32_t)(b0 * x);                                                                      \
    const int32_t y = (int16_t)((int32_t)sum >> 14);                                                                   \
    s1 = s2 + (forward ? sum : 0x4000u - sum) + (uint32_t)(b1 * x) + (uint32_t)(a1 * y);                               \
    s2 = (uint32_t)(b2 * x) + (uint32_t)(a2 * y)

#define NUMBERS                                                                                                        \
    const int32_t b0 = c->b0, b1 = c->b1, b2 = c->b2, a1 = c->a1, a2 = c->a2;                                          \
    const bool forward = c->e > 0;                                                                                     \
    uint32_t s1 = (uint32_t)self->s1, s2 = (uint32_t)self->s2

#define KEEP                                                                                                           \
    self->s1 = (int32_t)s1;                                                                                            \
    self->s2 = (int32_t)s2

HOT void dsp_biquad_section_inner(
    dsp_biquad_t *self, const dsp_biquad_section_t *c, const int16_t *in, int16_t *out, uint32_t n
)
{
    NUMBERS;

    for (; n > 0u; n--) {
        STEP;
        *out++ = (int16_t)y;
    }
    KEEP;
}

HOT void dsp_biquad_section_last(
    dsp_biquad_t *self, const dsp_biquad_section_t *c, const int16_t *in, int16_t *out, uint32_t n
)
{
    const int32_t centre = c->centre, shift = c->shift;
    NUMBERS;

    for (; n > 0u; n--) {
        STEP;
        const int32_t held = (int32_t)(sum + (uint32_t)centre) >> shift;
        *out++ = (int16_t)(held > 32767 ? 32767 : held < -32768 ? -32768 : held);
    }
    KEEP;
}

#endif
