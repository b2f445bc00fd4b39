/* The sums of the FIR filters in portable C. */
#include "dsp_fir_core.h"

#include "cpu.h"

#if !defined(CPU_SIMD) && !defined(CPU_THUMB1)

int32_t dsp_fir_core_bias(void)
{
    return 0;
}

void dsp_fir_core_load(int32_t *line, const int16_t *in, uint32_t n)
{
    cpu_half_t *to = (cpu_half_t *)line;

    for (; n > 0u; n--) {
        *to++ = *in++;
    }
}

void dsp_fir_core_move(int32_t *line, uint32_t by, uint32_t n)
{
    cpu_half_t *to = (cpu_half_t *)line;

    for (; n > 0u; n--, to++) {
        *to = to[by];
    }
}

/* The sum over some taps, modulo 2^32: for a design it does not wrap. */
static inline uint32_t over(uint32_t sum, const cpu_half_t *x, const ROM int32_t *taps, uint16_t from, uint16_t to)
{
    for (uint16_t k = from; k < to; k = (uint16_t)(k + 2u)) {
        const int32_t two = taps[k / 2u];

        sum += (uint32_t)((int32_t)x[k] * (int16_t)(two & 0xFFFF)) + (uint32_t)(x[k + 1u] * (two >> 16));
    }
    return sum;
}

HOT void dsp_fir_core_run(const dsp_fir_t *self, uint32_t first, int16_t *out, uint32_t n, uint32_t hop)
{
    const cpu_half_t *x = (const cpu_half_t *)self->line + first;

    for (; n > 0u; n--, x += hop) {
        uint32_t sum = over((uint32_t)self->start, x, self->taps, 0, self->inner);

        sum = over(sum, x, self->taps, self->inner_end, self->count);
        sum = (uint32_t)((int32_t)sum >> self->fine) + (uint32_t)self->start_inner;
        const int32_t y = (int32_t)over(sum, x, self->taps, self->inner, self->inner_end) >> self->shift;
        *out++ = (int16_t)(y > 32767 ? 32767 : y < -32768 ? -32768 : y);
    }
}

#endif
