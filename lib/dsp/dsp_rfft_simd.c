/* The passes of the real FFT for cores that take a complex value as one word: the same bits as dsp_rfft.c. */
#include "cpu.h"

#ifdef CPU_SIMD

#include "dsp_rfft_passes.h"

#define ONES 0x00010001
#define HALF 0x8000 /* of what is cut off */

typedef cpu_even_pair_t pair_t;

/* Half of z times (w.re - j w.im), rounded. */
static inline int32_t turned(int32_t z, int32_t w)
{
    return (int32_t)cpu_upper_halves((uint32_t)__smlad(w, z, HALF), (uint32_t)__smlsdx(w, z, HALF));
}

static inline uint32_t length(int32_t z)
{
    return (uint32_t)__smlad(z, z, (int32_t)DSP_RFFT_LONG);
}

/* One transform of four, of points `stride` words apart, written side by side. */
static inline uint32_t first_four(const pair_t *from, uint32_t stride, pair_t *to)
{
    const int32_t u0 = from[0], u1 = from[stride], u2 = from[2u * stride], u3 = from[3u * stride];
    const int32_t t0 = __shadd16(u0, u2), t1 = __shsub16(u0, u2), t2 = __shadd16(u1, u3), t3 = __shsub16(u1, u3);
    const int32_t y0 = __shadd16(t0, t2), y1 = __shsax(t1, t3), y2 = __shsub16(t0, t2), y3 = __shasx(t1, t3);

    to[0] = y0;
    to[1] = y1;
    to[2] = y2;
    to[3] = y3;
    return length(y0) | length(y1) | length(y2) | length(y3);
}

/* The points of four columns at four rows are one tile; in bit-reversed order a tile's results are a tile again. */
static inline uint32_t first_tile(const pair_t *from, uint32_t stride, pair_t *to, uint32_t to_stride)
{
    uint32_t lengths = first_four(from, stride, to);

    lengths |= first_four(from + 1, stride, to + 2u * to_stride);
    lengths |= first_four(from + 2, stride, to + to_stride);
    lengths |= first_four(from + 3, stride, to + 3u * to_stride);
    return lengths;
}

HOT uint32_t dsp_rfft_first(int16_t x[], uint16_t points)
{
    pair_t *const z = (pair_t *)x;
    const uint32_t row = points / 4u; /* words in a quarter of x */
    const uint32_t tiles = points / 16u;
    uint32_t reversed = 0;
    uint32_t lengths = 0;

    for (uint32_t tile = 0; tile < tiles; tile++) {
        if (tile <= reversed) {
            pair_t kept[16];
            lengths |= first_tile(z + 4u * tile, row, kept, 4);
            if (tile != reversed) {
                lengths |= first_tile(z + 4u * reversed, row, z + 4u * tile, row);
            }
            pair_t *to = z + 4u * reversed;
            for (uint32_t i = 0; i < 16u; i += 4u, to += row) {
                to[0] = kept[i];
                to[1] = kept[i + 1u];
                to[2] = kept[i + 2u];
                to[3] = kept[i + 3u];
            }
        }
        uint32_t bit = tiles / 2u; /* counts up from the highest bit */
        while ((reversed & bit) != 0u) {
            reversed ^= bit;
            bit /= 2u;
        }
        reversed |= bit;
    }
    return lengths;
}

HOT void dsp_rfft_pair(int16_t x[], uint16_t points)
{
    const int32_t down = (int32_t)0xA57EA57Eu, back = (int32_t)0xA57E5A82u; /* an eighth of a turn, and three */
    pair_t *z = (pair_t *)x;

    for (pair_t *const end = z + points; z < end; z += 8) {
        const int32_t a0 = __shadd16(z[0], ONES), a1 = __shadd16(z[1], ONES);
        const int32_t a2 = __shadd16(z[2], ONES), a3 = __shadd16(z[3], ONES);
        const int32_t b0 = turned(z[4], 0x8000), b1 = turned(z[5], down);
        const int32_t b2 = turned(z[6], INT32_MIN), b3 = turned(z[7], back);
        z[0] = __ssub16(a0, b0);
        z[1] = __ssub16(a1, b1);
        z[2] = __ssub16(a2, b2);
        z[3] = __ssub16(a3, b3);
        z[4] = __sadd16(a0, b0);
        z[5] = __sadd16(a1, b1);
        z[6] = __sadd16(a2, b2);
        z[7] = __sadd16(a3, b3);
    }
}

HOT void dsp_rfft_quad(int16_t x[], uint16_t points, uint16_t done, const ROM int16_t *twiddles)
{
    pair_t *z = (pair_t *)x;
    pair_t *const end = z + points;
    const pair_t *w = (const pair_t *)twiddles;
    const uint32_t step = done;

    for (const pair_t *const w_end = w + 3u * step; w < w_end; w += 3, z++) {
        const int32_t w1 = w[0], w2 = w[1], w3 = w[2];
        for (pair_t *at = z; at < end;) {
            const int32_t a = __shadd16(at[0], ONES);
            const int32_t c = turned(at[step], w2);
            const int32_t b = turned(at[2u * step], w1);
            const int32_t d = turned(at[3u * step], w3);
            /* The twiddles are negative, so that 1.0 fits: what would be added is subtracted. */
            const int32_t s0 = __ssub16(a, c), s1 = __sadd16(a, c), s2 = __sadd16(b, d), s3 = __ssub16(b, d);
            *at = __shsub16(s0, s2);
            at += step;
            *at = __shasx(s1, s3);
            at += step;
            *at = __shadd16(s0, s2);
            at += step;
            *at = __shsax(s1, s3);
            at += step;
        }
    }
}

HOT void dsp_rfft_split(int16_t x[], uint16_t points, const ROM int16_t *twiddles)
{
    pair_t *a = (pair_t *)x + 1, *b = (pair_t *)x + points - 1u;
    const pair_t *w = (const pair_t *)twiddles + 1;

    for (; a < b; a++, b--) {
        const int32_t z = *a, y = *b, turn = *w++;
        /* A part more than half for the one and less than half for the other: (16384 + sin, cos), (16384 - sin, -cos). */
        const int32_t more = __sadd16(turn, 0x4000), less = __ssub16(0x4000, turn);
        const int32_t a_re = __smlad(y, more, __smlsd(z, less, HALF));
        const int32_t a_im = __smlsdx(y, more, __smladx(less, z, HALF));
        const int32_t b_re = __smlsd(z, more, __smlad(y, less, HALF));
        const int32_t b_im = __smlsdx(less, y, HALF) - __smuadx(more, z);
        *a = (int32_t)cpu_upper_halves((uint32_t)a_re, (uint32_t)a_im);
        *b = (int32_t)cpu_upper_halves((uint32_t)b_re, (uint32_t)b_im);
    }
}

#endif
