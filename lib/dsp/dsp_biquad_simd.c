/* A section with the DSP extension: two samples a turn as direct form I, whose sum is the same as the transposed form's. */
#include "dsp_biquad_section.h"

#include "cpu.h"

#ifdef CPU_SIMD

/* One sample in the transposed form: before the pairs, whose past it is, and after them. */
__attribute__((noinline)) static int32_t step(dsp_biquad_t *self, const dsp_biquad_section_t *c, int32_t x)
{
    const uint32_t sum = (uint32_t)self->s1 + (uint32_t)(c->b0 * x);
    const int32_t y = (int16_t)((int32_t)sum >> 14);
    const uint32_t rest = c->e > 0 ? sum : 0x4000u - sum;

    self->s1 = (int32_t)((uint32_t)self->s2 + rest + (uint32_t)(c->b1 * x) + (uint32_t)(c->a1 * y));
    self->s2 = (int32_t)((uint32_t)(c->b2 * x) + (uint32_t)(c->a2 * y));
    return (int32_t)sum;
}

/* Modulo 2^32, since a table or a state that no design made may lead anywhere. */
#define NEGATED(SUM) (int32_t)(0x4000u - (uint32_t)(SUM))
#define OUTPUT(SUM) ((int32_t)((uint32_t)(SUM) + (uint32_t)centre) >> shift)

/* Two samples in `now`, the two before in x and y. REST is what of the last sum goes on; y0 is the first's output. */
#define FIRST(REST)                                                                                                    \
    const int32_t now = *(const cpu_even_pair_t *)in;                                                                  \
    sum = __smlad(x, b21, (REST));                                                                                     \
    sum = __smlabt(now, b10, sum);                                                                                     \
    sum = __smlad(y, a21, sum);                                                                                        \
    const int32_t y0 = sum >> 14

#define SECOND(REST)                                                                                                   \
    sum = __smlad(now, b10, (REST));                                                                                   \
    sum = __smlatb(x, b21, sum);                                                                                       \
    sum = __smlabt(y0, a21, sum);                                                                                      \
    sum = __smlatb(y, a21, sum);                                                                                       \
    y = cpu_pair_of_q29(y0, sum);                                                                                      \
    x = now;                                                                                                           \
    in += 2

#define INNER(REST)                                                                                                    \
    do {                                                                                                               \
        FIRST(REST);                                                                                                   \
        SECOND(REST);                                                                                                  \
        *(cpu_even_pair_t *)out = y;                                                                                   \
        out += 2;                                                                                                      \
    } while (in != end)

#define LAST(REST)                                                                                                     \
    do {                                                                                                               \
        FIRST(REST);                                                                                                   \
        const int32_t first = cpu_held(OUTPUT(sum));                                                                   \
        SECOND(REST);                                                                                                  \
        *(cpu_even_pair_t *)out = (int32_t)cpu_lower_halves((uint32_t)first, (uint32_t)cpu_held(OUTPUT(sum)));         \
        out += 2;                                                                                                      \
    } while (in != end)

/* The block: two samples in the transposed form, the pairs, and what is left. ONE is the output of a sum. */
#define BLOCK(ONE, PAIRS)                                                                                              \
    if (n >= 4u) {                                                                                                     \
        const int16_t *const end = in + (n & ~1u);                                                                     \
        int32_t x = *(const cpu_even_pair_t *)in;                                                                      \
        int32_t sum = step(self, c, (int16_t)x);                                                                       \
        int32_t y = sum >> 14;                                                                                         \
        *out++ = (int16_t)(ONE);                                                                                       \
        sum = step(self, c, x >> 16);                                                                                  \
        *out++ = (int16_t)(ONE);                                                                                       \
        y = cpu_pair_of_q29(y, sum);                                                                                   \
        in += 2;                                                                                                       \
        const int32_t b21 = (int32_t)cpu_lower_halves((uint32_t)c->b2, (uint32_t)c->b1);                               \
        const int32_t b10 = (int32_t)cpu_lower_halves((uint32_t)c->b1, (uint32_t)c->b0);                               \
        const int32_t a21 = (int32_t)cpu_lower_halves((uint32_t)c->a2, (uint32_t)c->a1);                               \
        if (c->e > 0) {                                                                                                \
            PAIRS(sum);                                                                                                \
        } else {                                                                                                       \
            PAIRS(NEGATED(sum));                                                                                       \
            sum = NEGATED(sum);                                                                                        \
        }                                                                                                              \
        self->s1 = __smlad(x, b21, __smlad(y, a21, sum));                                                              \
        self->s2 = __smlatb(x, b21, __smlatb(y, a21, 0));                                                              \
        n &= 1u;                                                                                                       \
    }                                                                                                                  \
    for (; n > 0u; n--) {                                                                                              \
        const int32_t sum = step(self, c, *in++);                                                                      \
        *out++ = (int16_t)(ONE);                                                                                       \
    }

HOT void dsp_biquad_section_inner(
    dsp_biquad_t *self, const dsp_biquad_section_t *c, const int16_t *in, int16_t *out, uint32_t n
)
{
    BLOCK(sum >> 14, INNER)
}

HOT void dsp_biquad_section_last(
    dsp_biquad_t *self, const dsp_biquad_section_t *c, const int16_t *in, int16_t *out, uint32_t n
)
{
    const int32_t centre = c->centre, shift = c->shift;

    BLOCK(cpu_held(OUTPUT(sum)), LAST)
}

#endif
