/* Real FFT of int16: its order of passes, and the passes in portable C. */
#include "dsp_rfft.h"

#include "cpu.h"
#include "dsp_rfft_passes.h"

#define LONG_BITS 0xC0000000u

#if !defined(CPU_SIMD)

typedef struct {
    int32_t re, im;
} complex_t;

static void put(int16_t *at, int32_t re, int32_t im)
{
    at[0] = (int16_t)re;
    at[1] = (int16_t)im;
}

/* Half of z times (w[0] - j w[1]), Q15, rounded. */
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
    for (uint8_t i = 0; i < 8u; i += 2u) {
        lengths |= square(to[i]) + square(to[i + 1u]) + DSP_RFFT_LONG;
    }
    return lengths;
}

/* The points of four columns at four rows are one tile; in bit-reversed order a tile's results are a tile again. */
static uint32_t first_tile(const int16_t *from, uint16_t stride, int16_t *to, uint16_t to_stride)
{
    uint32_t lengths = first_four(from, stride, to);

    lengths |= first_four(from + 2, stride, to + 2u * to_stride);
    lengths |= first_four(from + 4, stride, to + to_stride);
    lengths |= first_four(from + 6, stride, to + 3u * to_stride);
    return lengths;
}

HOT uint32_t dsp_rfft_first(int16_t x[], uint16_t points)
{
    const uint16_t row = (uint16_t)(points / 2u); /* int16 in a quarter of x */
    const uint16_t tiles = (uint16_t)(points / 16u);
    uint16_t reversed = 0;
    uint32_t lengths = 0;

    for (uint16_t tile = 0; tile < tiles; tile++) {
        if (tile <= reversed) {
            int16_t kept[32];
            lengths |= first_tile(x + 8u * tile, row, kept, 8);
            if (tile != reversed) {
                lengths |= first_tile(x + 8u * reversed, row, x + 8u * tile, row);
            }
            for (uint8_t i = 0; i < 32u; i++) {
                x[8u * reversed + (uint16_t)(i / 8u) * row + i % 8u] = kept[i];
            }
        }
        uint16_t bit = (uint16_t)(tiles / 2u); /* counts up from the highest bit */
        while ((reversed & bit) != 0u) {
            reversed = (uint16_t)(reversed ^ bit);
            bit /= 2u;
        }
        reversed = (uint16_t)(reversed | bit);
    }
    return lengths;
}

HOT void dsp_rfft_pair(int16_t x[], uint16_t points)
{
    static const ROM int16_t turns[4][2] = {{-32768, 0}, {-23170, -23170}, {0, -32768}, {23170, -23170}};

    for (int16_t *end = x + 2u * points; x < end; x += 8) {
        for (uint8_t k = 0; k < 4u; k++, x += 2) {
            const complex_t b = turned(x + 8, turns[k][0], turns[k][1]);
            const int32_t re = ((int32_t)x[0] + 1) >> 1, im = ((int32_t)x[1] + 1) >> 1;
            put(x, re - b.re, im - b.im);
            put(x + 8, re + b.re, im + b.im);
        }
    }
}

HOT void dsp_rfft_quad(int16_t x[], uint16_t points, uint16_t done, const ROM int16_t *twiddles)
{
    int16_t *const end = x + 2u * points;

    for (uint16_t k = 0; k < done; k++, x += 2, twiddles += 6) {
        for (int16_t *at = x; at < end; at += 8u * done) {
            int16_t *const p1 = at + 2u * done, *const p2 = p1 + 2u * done, *const p3 = p2 + 2u * done;
            const complex_t b = turned(p2, twiddles[0], twiddles[1]);
            const complex_t c = turned(p1, twiddles[2], twiddles[3]);
            const complex_t d = turned(p3, twiddles[4], twiddles[5]);
            const int32_t re = ((int32_t)at[0] + 1) >> 1, im = ((int32_t)at[1] + 1) >> 1;
            /* The twiddles are negative, so that 1.0 fits: what would be added is subtracted. */
            const complex_t s0 = {re - c.re, im - c.im}, s1 = {re + c.re, im + c.im};
            const complex_t s2 = {b.re + d.re, b.im + d.im}, s3 = {b.re - d.re, b.im - d.im};
            put(at, (s0.re - s2.re) >> 1, (s0.im - s2.im) >> 1);
            put(p1, (s1.re - s3.im) >> 1, (s1.im + s3.re) >> 1);
            put(p2, (s0.re + s2.re) >> 1, (s0.im + s2.im) >> 1);
            put(p3, (s1.re + s3.im) >> 1, (s1.im - s3.re) >> 1);
        }
    }
}

HOT void dsp_rfft_split(int16_t x[], uint16_t points, const ROM int16_t *twiddles)
{
    int16_t *a = x + 2, *b = x + 2u * points - 2u;

    for (; a < b; a += 2, b -= 2) {
        twiddles += 2;
        const int32_t sum_re = (int32_t)a[0] + b[0], sum_im = (int32_t)a[1] - b[1];
        const int32_t rest_re = (int32_t)a[0] - b[0], rest_im = (int32_t)a[1] + b[1];
        const int32_t even_re = sum_re * 16384, even_im = sum_im * 16384;
        const int32_t odd_re = twiddles[1] * rest_im - twiddles[0] * rest_re;
        const int32_t odd_im = twiddles[0] * rest_im + twiddles[1] * rest_re;
        put(a, (even_re + odd_re + 0x8000) >> 16, (even_im - odd_im + 0x8000) >> 16);
        put(b, (even_re - odd_re + 0x8000) >> 16, (0x8000 - even_im - odd_im) >> 16);
    }
}

#endif

/* The transform, divided by n, and by another 2 where it returns 1. */
static uint8_t transform(const ROM dsp_rfft_t *plan, int16_t x[])
{
    const uint16_t points = (uint16_t)(plan->n / 2u);
    uint16_t done = plan->first;
    uint8_t halved = 0;

    if ((dsp_rfft_first(x, points) & LONG_BITS) != 0u) {
        halved = 1;
        for (uint16_t i = 0; i < plan->n; i++) {
            x[i] = (int16_t)((x[i] >> 1) + (x[i] & 1));
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

void dsp_rfft_q15(const ROM dsp_rfft_t *plan, int16_t x[])
{
    if (transform(plan, x) != 0u) {
        for (uint16_t i = 0; i < plan->n; i++) {
            const int32_t twice = 2 * (int32_t)x[i];
            x[i] = (int16_t)(twice > INT16_MAX ? INT16_MAX : twice < INT16_MIN ? INT16_MIN : twice);
        }
    }
}

int8_t dsp_rfft_block_q15(const ROM dsp_rfft_t *plan, int16_t x[])
{
    uint16_t used = 0;
    uint8_t shift = 0;

    for (uint16_t i = 0; i < plan->n; i++) {
        used |= (uint16_t)(x[i] ^ (x[i] >> 15));
    }
    while (shift < 15u && (uint16_t)(used << shift) < 0x4000u) {
        shift++;
    }
    for (uint16_t i = 0; i < plan->n; i++) {
        x[i] = (int16_t)(uint16_t)((uint16_t)x[i] << shift);
    }
    return (int8_t)(shift - transform(plan, x));
}
