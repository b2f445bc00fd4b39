/* The loops over the samples of a log-mel frame where a register holds two: the same bits as in dsp_logmel.c. */
#include "cpu.h"

#ifdef CPU_SIMD
#include "rom.h"

uint32_t dsp_logmel_used(const int16_t x[], uint16_t n);
void dsp_logmel_window(int16_t x[], uint16_t n, const ROM uint32_t *table, uint8_t shift, int32_t mean_q15);

HOT uint32_t dsp_logmel_used(const int16_t x[], uint16_t n)
{
    const cpu_even_pair_t *at = (const cpu_even_pair_t *)x;
    const cpu_even_pair_t *const end = at + n / 2u;
    uint32_t used = 0;

    for (; at < end; at += 4) {
        const uint32_t a = (uint32_t)at[0], b = (uint32_t)at[1], c = (uint32_t)at[2], d = (uint32_t)at[3];
        used |= a ^ (a << 1);
        used |= b ^ (b << 1);
        used |= c ^ (c << 1);
        used |= d ^ (d << 1);
    }
    return (used | used >> 16) & 0xFFFFu;
}

static inline void scale(int16_t *x, int32_t first_q16, int32_t second_q16)
{
    cpu_even_pair_t *const at = (cpu_even_pair_t *)x;
    const int32_t pair = *at;

    *at = (int32_t)cpu_lower_halves((uint32_t)cpu_lower_q16(pair, first_q16), (uint32_t)cpu_upper_q16(pair, second_q16));
}

HOT void dsp_logmel_window(int16_t x[], uint16_t n, const ROM uint32_t *table, uint8_t shift, int32_t mean_q15)
{
    const int32_t swing_q17 = (32768 - mean_q15) * 4;
    const uint8_t up = (uint8_t)(shift + 1u);
    const int32_t mean_q16 = mean_q15 << up;
    int16_t *const last = x + n / 4u;
    int16_t *middle = x + n / 2u, *low = middle, *high = x + n;

    /* The first by itself: after it two and two. */
    const int32_t first_q16 = cpu_upper_q16((int32_t)*++table, swing_q17) << up;
    const int32_t edge_q16 = mean_q16 - first_q16, top_q16 = mean_q16 + first_q16;
    x[1] = cpu_weighted_q16(x[1], edge_q16);
    high[-1] = cpu_weighted_q16(high[-1], edge_q16);
    middle[-1] = cpu_weighted_q16(middle[-1], top_q16);
    middle[1] = cpu_weighted_q16(middle[1], top_q16);
    x += 2;
    middle += 2;
    low -= 3;
    high -= 3;
    for (; x < last; x += 2, middle += 2, low -= 2, high -= 2) {
        const int32_t a = cpu_upper_q16((int32_t)*++table, swing_q17) << up;
        const int32_t b = cpu_upper_q16((int32_t)*++table, swing_q17) << up;
        scale(x, mean_q16 - a, mean_q16 - b);
        scale(high, mean_q16 - b, mean_q16 - a);
        scale(low, mean_q16 + b, mean_q16 + a);
        scale(middle, mean_q16 + a, mean_q16 + b);
    }
}

#endif
