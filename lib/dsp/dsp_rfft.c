/* Real FFT of int16: its order of passes, and the passes in portable C. */
#include "dsp_rfft.h"

#include "cpu.h"
#include "dsp_rfft_passes.h"

#define LONG_BITS 0xC0000000u

#if !defined(CPU_SIMD) && !defined(CPU_THUMB1)

typedef struct {
    int32_t re, im;
} complex_t;

static void put(int16_t *at, int32_t re, int32_t im)
{
    at[0] = (int16_t)re;
    at[1] = (int16_t)im;
}

static int16_t lower(uint32_t pair)
{
    return (int16_t)(uint16_t)pair;
}

static int16_t upper(uint32_t pair)
{
    return (int16_t)(uint16_t)(pair >> 16);
}

/* Half of z times (w.re - j w.im), Q15, rounded. */
static complex_t turned(const int16_t *z, int16_t w_re, int16_t w_im)
{
    const complex_t half = {
        ((int32_t)z[0] * w_re + (int32_t)z[1] * w_im + 0x8000) >> 16,
        ((int32_t)z[1] * w_re - (int32_t)z[0] * w_im + 0x8000) >> 16,
    };
    return half;
}

static uint32_t square(int32_t value)
{
    return (uint32_t)(value * value);
}

/* One transform of four, of points `stride` int16 apart, written side by side. */
static uint32_t first_four(const int16_t *from, uint16_t stride, int16_t *to)
{
    const int16_t *u0 = from, *u1 = u0 + stride, *u2 = u1 + stride, *u3 = u2 + stride;
    uint32_t lengths = 0;
    complex_t t[4];

    t[0].re = ((int32_t)u0[0] + u2[0]) >> 1;
    t[0].im = ((int32_t)u0[1] + u2[1]) >> 1;
    t[1].re = ((int32_t)u0[0] - u2[0]) >> 1;
    t[1].im = ((int32_t)u0[1] - u2[1]) >> 1;
    t[2].re = ((int32_t)u1[0] + u3[0]) >> 1;
    t[2].im = ((int32_t)u1[1] + u3[1]) >> 1;
    t[3].re = ((int32_t)u1[0] - u3[0]) >> 1;
    t[3].im = ((int32_t)u1[1] - u3[1]) >> 1;
    put(to, (t[0].re + t[2].re) >> 1, (t[0].im + t[2].im) >> 1);
    put(to + 2, (t[1].re + t[3].im) >> 1, (t[1].im - t[3].re) >> 1);
    put(to + 4, (t[0].re - t[2].re) >> 1, (t[0].im - t[2].im) >> 1);
    put(to + 6, (t[1].re - t[3].im) >> 1, (t[1].im + t[3].re) >> 1);
    for (const int16_t *const end = to + 8; to < end; to += 2) {
        lengths |= square(to[0]) + square(to[1]) + DSP_RFFT_LONG;
    }
    return lengths;
}

HOT uint32_t dsp_rfft_tile(const int16_t *from, uint16_t stride, int16_t *to, uint16_t to_stride)
{
    uint32_t lengths = first_four(from, stride, to);

    lengths |= first_four(from + 2, stride, to + 2u * to_stride);
    lengths |= first_four(from + 4, stride, to + to_stride);
    lengths |= first_four(from + 6, stride, to + 3u * to_stride);
    return lengths;
}

void dsp_rfft_place(const int16_t kept[32], int16_t *to, uint16_t stride)
{
    for (uint8_t i = 0; i < 32u; i++) {
        to[(uint16_t)(i / 8u) * stride + i % 8u] = kept[i];
    }
}

/* Of a value and the one 4 places on, which has been turned to (re, im): half the sum and half the difference. */
static HOT void pair_plain(int16_t *at, int32_t re, int32_t im)
{
    put(at + 8, (at[0] - re) >> 1, (at[1] - im) >> 1);
    put(at, (at[0] + re) >> 1, (at[1] + im) >> 1);
}

static HOT void pair_turned(int16_t *at, int16_t w_re, int16_t w_im)
{
    const complex_t b = turned(at + 8, w_re, w_im);
    const int32_t re = ((int32_t)at[0] + 1) >> 1, im = ((int32_t)at[1] + 1) >> 1;

    put(at, re - b.re, im - b.im);
    put(at + 8, re + b.re, im + b.im);
}

HOT void dsp_rfft_pair(int16_t x[], uint16_t points)
{
    for (int16_t *end = x + 2u * points; x < end; x += 16) {
        pair_plain(x, x[8], x[9]);
        pair_turned(x + 2, -23170, -23170);
        pair_plain(x + 4, x[13], -(int32_t)x[12]);
        pair_turned(x + 6, 23170, -23170);
    }
}

HOT void dsp_rfft_quad(int16_t x[], uint16_t points, uint16_t done, const ROM uint32_t *twiddles)
{
    const uint16_t step = (uint16_t)(2u * done); /* in int16 */

    for (int16_t *const end = x + 2u * points; x < end; x += 3u * step) {
        const ROM uint32_t *w = twiddles;
        for (int16_t *const block_end = x + step; x < block_end; x += 2, w += 3) {
            int16_t *const p1 = x + step, *const p2 = p1 + step, *const p3 = p2 + step;
            const complex_t c = turned(p1, lower(w[0]), upper(w[0]));
            const complex_t b = turned(p2, lower(w[1]), upper(w[1]));
            const complex_t d = turned(p3, lower(w[2]), upper(w[2]));
            /* Half a step more than rounding: the results are rounded down. */
            const int32_t re = ((int32_t)x[0] + 2) >> 1, im = ((int32_t)x[1] + 2) >> 1;
            /* The twiddles are negative, so that 1.0 fits: what would be added is subtracted. */
            const complex_t s0 = {re - c.re, im - c.im}, s1 = {re + c.re, im + c.im};
            const complex_t s2 = {b.re + d.re, b.im + d.im}, s3 = {b.re - d.re, b.im - d.im};
            put(x, (s0.re - s2.re) >> 1, (s0.im - s2.im) >> 1);
            put(p1, (s1.re - s3.im) >> 1, (s1.im + s3.re) >> 1);
            put(p2, (s0.re + s2.re) >> 1, (s0.im + s2.im) >> 1);
            put(p3, (s1.re + s3.im) >> 1, (s1.im - s3.re) >> 1);
        }
    }
}

HOT void dsp_rfft_split(int16_t x[], uint16_t points, const ROM uint32_t *twiddles)
{
    int16_t *a = x + 2, *b = x + 2u * points - 2u;

    for (; a < b; a += 2, b -= 2) {
        const uint32_t w = *++twiddles;
        const int32_t rest_re = (int32_t)a[0] - b[0], sum_im = (int32_t)a[1] + b[1];
        const int32_t re = upper(w) * sum_im - lower(w) * rest_re;
        const int32_t im = lower(w) * sum_im + upper(w) * rest_re;
        put(a, (a[0] * 32768 + re + 0x8000) >> 16, (a[1] * 32768 - im + 0x8000) >> 16);
        put(b, (b[0] * 32768 - re + 0x8000) >> 16, (b[1] * 32768 - im + 0x8000) >> 16);
    }
}

#endif

#ifndef CPU_SIMD

HOT uint32_t dsp_rfft_changes(const int16_t x[], uint16_t n)
{
    uint32_t changes = 0;

    for (const int16_t *const end = x + n; x < end; x++) {
        const uint32_t value = (uint32_t)*x;
        changes |= value ^ value << 1;
    }
    return changes;
}

HOT void dsp_rfft_raise(int16_t x[], uint16_t n, uint8_t bits)
{
    for (int16_t *const end = x + n; x < end; x++) {
        *x = (int16_t)(uint16_t)((uint16_t)*x << bits);
    }
}

#endif

/* Puts x into bit-reversed order and makes transforms of four neighbours, tile by tile: the tiles whose numbers are each
 * other's reversal change places. Returns the lengths of dsp_rfft_tile. */
static HOT uint32_t first(int16_t x[], uint16_t points)
{
    const uint16_t row = (uint16_t)(points / 2u); /* int16 in a quarter of x */
    const uint_fast16_t tiles = points / 16u;
    uint_fast16_t reversed = 0;
    uint32_t lengths = 0;

    for (uint_fast16_t tile = 0; tile < tiles; tile++) {
        if (tile <= reversed) {
            union {
                int16_t at[32];
                uint32_t words[16]; /* for its alignment */
            } kept;
            lengths |= dsp_rfft_tile(x + 8u * tile, row, kept.at, 8);
            if (tile != reversed) {
                lengths |= dsp_rfft_tile(x + 8u * reversed, row, x + 8u * tile, row);
            }
            dsp_rfft_place(kept.at, x + 8u * reversed, row);
        }
        uint_fast16_t bit = tiles / 2u; /* counts up from the highest bit */
        while ((reversed & bit) != 0u) {
            reversed ^= bit;
            bit /= 2u;
        }
        reversed |= bit;
    }
    return lengths;
}

/* The transform, divided by n, and by another 2 where it returns 1. */
static HOT uint8_t transform(const ROM dsp_rfft_t *plan, int16_t x[])
{
    const uint16_t points = (uint16_t)(plan->n / 2u);
    uint16_t done = plan->first;
    uint8_t halved = 0;

    if ((first(x, points) & LONG_BITS) != 0u) {
        halved = 1;
        for (int16_t *at = x; at < x + plan->n; at++) {
            *at = (int16_t)((*at >> 1) + (*at & 1));
        }
    }
    if (done == 8u) {
        dsp_rfft_pair(x, points);
    }
    for (uint8_t pass = 0; done < points; pass++) {
        dsp_rfft_quad(x, points, done, plan->passes[pass]);
        done = (uint16_t)(4u * done);
    }
    dsp_rfft_split(x, points, plan->split);
    const int32_t re = x[0], im = x[1];
    x[0] = (int16_t)((re + im + 1) >> 1);
    x[1] = (int16_t)((re - im + 1) >> 1);
    x[points] = (int16_t)(((int32_t)x[points] + 1) >> 1);
    x[points + 1u] = (int16_t)((1 - (int32_t)x[points + 1u]) >> 1);
    return halved;
}

HOT void dsp_rfft_q15(const ROM dsp_rfft_t *plan, int16_t x[])
{
    if (transform(plan, x) != 0u) {
        for (int16_t *const end = x + plan->n; x < end; x++) {
            const int32_t twice = 2 * (int32_t)*x;
            *x = (int16_t)(twice > INT16_MAX ? INT16_MAX : twice < INT16_MIN ? INT16_MIN : twice);
        }
    }
}

int8_t dsp_rfft_block_q15(const ROM dsp_rfft_t *plan, int16_t x[])
{
    const uint32_t changes = dsp_rfft_changes(x, plan->n);
    uint8_t shift = 0;

    while (shift < 15u && ((changes << shift) & 0x80008000u) == 0u) {
        shift++;
    }
    if (shift != 0u) {
        dsp_rfft_raise(x, plan->n, shift);
    }
    return (int8_t)(shift - transform(plan, x));
}
