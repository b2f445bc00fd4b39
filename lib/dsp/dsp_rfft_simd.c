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
static inline HOT uint32_t first_four(const pair_t *from, uint32_t stride, pair_t *to)
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

HOT uint32_t dsp_rfft_tile(const int16_t *from, uint16_t stride, int16_t *to, uint16_t to_stride)
{
    const uint32_t step = stride / 2u;
    const pair_t *column = (const pair_t *)from;
    pair_t *row = (pair_t *)to;
    uint32_t lengths = first_four(column, step, row);

    lengths |= first_four(column + 2, step, row + to_stride / 2u);
    lengths |= first_four(column + 1, step, row + to_stride);
    lengths |= first_four(column + 3, step, row + to_stride / 2u * 3u);
    return lengths;
}

HOT void dsp_rfft_pair(int16_t x[], uint16_t points)
{
    const int32_t down = (int32_t)0xA57EA57Eu, back = (int32_t)0xA57E5A82u; /* an eighth of a turn, and three */
    pair_t *z = (pair_t *)x;

    for (pair_t *const end = z + points; z < end; z += 8) {
        const int32_t a0 = z[0], b0 = z[4], a2 = z[2], b2 = z[6];
        z[0] = __shadd16(a0, b0);
        z[4] = __shsub16(a0, b0);
        z[2] = __shsax(a2, b2);
        z[6] = __shasx(a2, b2);
        const int32_t a1 = __shadd16(z[1], ONES), b1 = turned(z[5], down);
        z[1] = __ssub16(a1, b1);
        z[5] = __sadd16(a1, b1);
        const int32_t a3 = __shadd16(z[3], ONES), b3 = turned(z[7], back);
        z[3] = __ssub16(a3, b3);
        z[7] = __sadd16(a3, b3);
    }
}

HOT void dsp_rfft_split(int16_t x[], uint16_t points, const ROM uint32_t *twiddles)
{
    const int32_t pairs = points / 2 - 1;
    pair_t *const a_end = (pair_t *)x + 1 + pairs;
    const uint32_t *const w_end = twiddles + 1 + pairs;
    pair_t *b = (pair_t *)x + points - 1u;

    for (int32_t k = -pairs; k != 0; k++) {
        const int32_t z = a_end[k], y = *b, more = (int32_t)w_end[k];
        const int32_t less = __ssub16(0x8000, more); /* 1 + sin, cos; 1 - sin, -cos */
        const int32_t a_re = __smlad(y, more, __smlsd(z, less, HALF));
        const int32_t a_im = __smlsdx(y, more, __smladx(less, z, HALF));
        const int32_t b_re = __smlsd(z, more, __smlad(y, less, HALF));
        const int32_t b_im = __smlsdx(less, y, HALF) - __smuadx(more, z);
        a_end[k] = (int32_t)cpu_upper_halves((uint32_t)a_re, (uint32_t)a_im);
        *b-- = (int32_t)cpu_upper_halves((uint32_t)b_re, (uint32_t)b_im);
    }
}

HOT uint32_t dsp_rfft_changes(const int16_t x[], uint16_t n)
{
    const pair_t *z = (const pair_t *)x;
    uint32_t changes = 0;

    for (const pair_t *const end = z + n / 2u; z < end; z += 4) {
        changes |= (uint32_t)z[0] ^ (uint32_t)z[0] << 1;
        changes |= (uint32_t)z[1] ^ (uint32_t)z[1] << 1;
        changes |= (uint32_t)z[2] ^ (uint32_t)z[2] << 1;
        changes |= (uint32_t)z[3] ^ (uint32_t)z[3] << 1;
    }
    return changes;
}

HOT void dsp_rfft_raise(int16_t x[], uint16_t n, uint8_t bits)
{
    pair_t *z = (pair_t *)x;

    for (pair_t *const end = z + n / 2u; z < end; z++) {
        const uint32_t pair = (uint32_t)*z;
        *z = (int32_t)cpu_lower_and_upper_half(pair << bits, (pair & 0xFFFF0000u) << bits);
    }
}

#endif
