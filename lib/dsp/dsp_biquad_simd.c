/* A section with the DSP extension: two samples a turn as direct form I, whose sum is the same as the transposed form's. */
#include "dsp_biquad_section.h"

#include "cpu.h"

#ifdef CPU_SIMD

/* One sample in the transposed form, before and after the pairs. */
static int32_t step(dsp_biquad_t *self, const dsp_biquad_section_t *c, int32_t x)
{
    const uint32_t sum = (uint32_t)self->s1 + (uint32_t)(c->b0 * x);
    const int32_t y = (int16_t)((int32_t)sum >> 14);
    const uint32_t rest = c->e > 0 ? sum : 0x4000u - sum;

    self->s1 = (int32_t)((uint32_t)self->s2 + rest + (uint32_t)(c->b1 * x) + (uint32_t)(c->a1 * y));
    self->s2 = (int32_t)((uint32_t)(c->b2 * x) + (uint32_t)(c->a2 * y));
    return (int32_t)sum;
}

static int32_t pair(int32_t low, int32_t high)
{
    return (int32_t)(((uint32_t)low & 0xFFFFu) | (uint32_t)high << 16);
}

static int16_t held(int32_t sum, const dsp_biquad_section_t *c)
{
    return (int16_t)__ssat((sum + c->centre) >> c->shift, 16);
}

/* The loop for one kind of output (OUT of the sum, a half each) and one sign of the rest. */
#define PAIRS(REST, LOW, BOTH)                                                                                         \
    do {                                                                                                               \
        const int32_t now = *(const cpu_even_pair_t *)in;                                                             \
        sum = __smlad(x, b21, (REST));                                                                                 \
        sum = __smlabt(now, b10, sum);                                                                                 \
        sum = __smlad(y, a21, sum);                                                                                    \
        const int32_t y0 = sum >> 14;                                                                                  \
        LOW;                                                                                                           \
        sum = __smlad(now, b10, (REST));                                                                               \
        sum = __smlatb(x, b21, sum);                                                                                   \
        sum = __smlabt(y0, a21, sum);                                                                                  \
        sum = __smlatb(y, a21, sum);                                                                                   \
        y = (int32_t)(((uint32_t)y0 & 0xFFFFu) | (((uint32_t)sum << 2) & 0xFFFF0000u));                                \
        *(cpu_even_pair_t *)out = (BOTH);                                                                             \
        x = now;                                                                                                       \
        in += 2;                                                                                                       \
        out += 2;                                                                                                      \
    } while (in != end)

#define SECTION(NAME, ONE, LOW, BOTH)                                                                                  \
    HOT void NAME(dsp_biquad_t *self, const dsp_biquad_section_t *c, const int16_t *in, int16_t *out, uint32_t n)      \
    {                                                                                                                  \
        if (n >= 4u) {                                                                                                 \
            const int32_t b21 = pair(c->b2, c->b1), b10 = pair(c->b1, c->b0), a21 = pair(c->a2, c->a1);                \
            const int16_t *const end = in + (n & ~1u);                                                                 \
            const int32_t x0 = in[0], x1 = in[1];                                                                      \
            int32_t sum = step(self, c, x0), x = pair(x0, x1), y = sum >> 14;                                          \
            out[0] = (ONE);                                                                                            \
            sum = step(self, c, x1);                                                                                   \
            out[1] = (ONE);                                                                                            \
            y = pair(y, sum >> 14);                                                                                    \
            in += 2;                                                                                                   \
            out += 2;                                                                                                  \
            if (c->e > 0) {                                                                                            \
                PAIRS(sum, LOW, BOTH);                                                                                 \
                self->s1 = sum;                                                                                        \
            } else {                                                                                                   \
                PAIRS(0x4000 - sum, LOW, BOTH);                                                                        \
                self->s1 = 0x4000 - sum;                                                                               \
            }                                                                                                          \
            self->s1 = __smlad(x, b21, __smlad(y, a21, self->s1));                                                     \
            self->s2 = __smlatb(x, b21, __smlatb(y, a21, 0));                                                          \
            n &= 1u;                                                                                                   \
        }                                                                                                              \
        for (; n > 0u; n--) {                                                                                          \
            const int32_t sum = step(self, c, *in++);                                                                  \
            *out++ = (ONE);                                                                                            \
        }                                                                                                              \
    }

SECTION(dsp_biquad_section_inner, (int16_t)(sum >> 14), (void)0, y)
SECTION(dsp_biquad_section_last, held(sum, c), const int32_t first = held(sum, c), pair(first, held(sum, c)))

#endif
