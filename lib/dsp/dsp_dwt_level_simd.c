/* One level of a wavelet transform on cores that multiply pairs: two approximations and two details a turn. */
#include "dsp_dwt_level.h"

#include "cpu.h"

#ifdef CPU_SIMD

static inline uint32_t load(const int16_t *from)
{
    return (uint32_t) * (const cpu_even_pair_t *)from;
}

static inline void store(int16_t *to, uint32_t pair)
{
    *(cpu_even_pair_t *)to = (int32_t)pair;
}

HOT void dsp_dwt_level_haar(int16_t x[], uint16_t n, int16_t detail[])
{
    const int16_t *in = x;

    for (const int16_t *end = x + (n & ~3u); in != end; in += 4) {
        const uint32_t one = load(in), two = load(in + 2);
        const int16x2_t even = (int16x2_t)cpu_lower_halves(one, two), odd = (int16x2_t)cpu_upper_halves(one, two);

        store(x, (uint32_t)__shadd16(even, odd));
        store(detail, (uint32_t)__shsub16(even, odd));
        x += 2;
        detail += 2;
    }
    if ((n & 2u) != 0u) {
        const int32_t even = in[0], odd = in[1];

        *x = (int16_t)((even + odd) >> 1);
        *detail = (int16_t)((even - odd) >> 1);
    }
}

/* The taps of the inner two of four neighbours, x1 and x2, and of the outer two, x3 and x0 in that order; k is kappa and q
 * a quarter, in Q15. A detail takes the same taps crosswise, with a minus. Level 1 halves the taps instead of the result:
 * all are even, so no bit is lost. */
#define PAIR(low, high) ((int16x2_t)(((uint32_t)(high) << 16) | ((uint32_t)(low) & 0xFFFFu)))
#define INNER(k, q) PAIR(2 * (q) + (k), (q) - (k))
#define OUTER(k, q) PAIR(-(k), (q) + (k))

typedef struct {
    int16x2_t inner, outer;
} taps_t;

static inline int32_t approximation(taps_t t, uint32_t inner, uint32_t outer)
{
    return __smlad((int16x2_t)inner, t.inner, __smlad((int16x2_t)outer, t.outer, 1 << 14));
}

static inline int32_t difference(taps_t t, uint32_t inner, uint32_t outer)
{
    return __smlsdx(t.inner, (int16x2_t)inner, __smlsdx(t.outer, (int16x2_t)outer, 1 << 14));
}

HOT static inline void two(taps_t t, uint32_t before, uint32_t at, uint32_t after, uint32_t second, int16_t *a, int16_t *d)
{
    const uint32_t outer = cpu_lower_and_upper_half(after, before), outer_after = cpu_lower_and_upper_half(second, at);

    store(a, cpu_pair_of_q30(approximation(t, at, outer), approximation(t, after, outer_after)));
    store(d, cpu_pair_of_q30(difference(t, at, outer), difference(t, after, outer_after)));
}

HOT void dsp_dwt_level_d4(int16_t x[], uint16_t n, uint8_t halve, int16_t detail[])
{
    const taps_t halved = {INNER(DSP_DWT_KAPPA / 2, 1 << 12), OUTER(DSP_DWT_KAPPA / 2, 1 << 12)};
    const taps_t whole = {INNER(DSP_DWT_KAPPA, 1 << 13), OUTER(DSP_DWT_KAPPA, 1 << 13)};
    const taps_t t = halve != 0u ? halved : whole;
    const int16_t *in = x, *end = x + n;
    const uint32_t first = load(in);
    uint32_t before = load(end - 2), at = first;

    if (n == 2u) {
        const uint32_t outer = cpu_lower_and_upper_half(at, before);

        x[0] = (int16_t)(approximation(t, at, outer) >> 15);
        detail[0] = (int16_t)(difference(t, at, outer) >> 15);
        return;
    }
    while (in + 4 != end) {
        const uint32_t after = load(in + 2), second = load(in + 4);

        two(t, before, at, after, second, x, detail);
        before = after;
        at = second;
        in += 4;
        x += 2;
        detail += 2;
    }
    two(t, before, at, load(in + 2), first, x, detail); /* the block is a circle */
}

#endif
