/* Filters: biquad cascades with both signs of the rest, FIR with and without finer outer taps, decimation, averages, one
 * frequency; in blocks of uneven lengths. The designs are fieldmouse.design.filters' own. */
#include "bits.h"
#include "dsp_biquad.h"
#include "dsp_dc.h"
#include "dsp_ema.h"
#include "dsp_fir.h"
#include "dsp_fir_decimate.h"
#include "dsp_goertzel.h"
#include "dsp_halfband.h"

enum { N = 80, BLOCK = 24, LINE = 32 };

/* butterworth(4, 0.1, 1), butterworth(4, 0.4, 1, "high"), butterworth(1, 0.2, 1) */
static const ROM int16_t low[] = {2, 1, 1, 546, 1092, 546, 5257, -10366, 1, 1186, 2372, 1186, 797, -4853};
static const ROM int16_t high[] = {2, 1, -1, 546, -1092, 546, -5257, -10366, -1, 1186, -2372, 1186, -797, -4853};
static const ROM int16_t first[] = {1, 1, 1, 3447, 3447, 0, -13788, 0};
/* As two taps of fir_taps lie in a word. */
#define TWO(a, b) (int32_t)(((uint32_t)(a) & 0xFFFFu) | (uint32_t)(b) << 16)
static const ROM int32_t fine[] = {
    18, 15, 2, 6, 12, TWO(0, -310), TWO(-1200, 990), TWO(5200, -2203), TWO(-4101, 9021),
    TWO(15901, 9021), TWO(-4101, 301), TWO(-2203, 5200), TWO(990, -1200), TWO(-310, 7),
};
static const ROM int32_t plain[] = {8, 14, 0, 0, 8, TWO(-900, 3100), TWO(12000, -16000), TWO(15000, 9000), TWO(-5, 77)};
static const ROM int16_t half[] = {3, 1762, -2999, 10262};
/* goertzel(0.03, 1, 64), goertzel(0.4, 1, 64) */
static const ROM int16_t tones[2][DSP_GOERTZEL_DESIGN] = {
    {64, 6, 18573, 5, 24560, 3, -32768, 10, 0}, {64, 7, 25033, 2, 19261, 1, -32768, 10, 1}
};

static int16_t x[N], y[N];
static int32_t line[LINE];
static int16_t past[32];

static const uint8_t PARTS[] = {1, 2, 3, 5, 8, 24, 37};

static void biquads(const ROM int16_t *design)
{
    dsp_biquad_t state[2];
    uint8_t at = 0;

    dsp_biquad_init(state, design);
    for (uint8_t i = 0; i < sizeof PARTS; at = (uint8_t)(at + PARTS[i++])) {
        dsp_biquad(state, design, &x[at], &y[at], PARTS[i]);
    }
    tell(y, sizeof y);
    dsp_biquad(state, design, x, x, N);
    tell(x, sizeof x);
    told();
}

/* States and tables that no design made: wrong samples, not the same ones on every core, but nothing is undefined. */
static void wild(void)
{
    int16_t design[DSP_BIQUAD_HEAD + 2 * DSP_BIQUAD_SECTION];
    dsp_biquad_t state[2];

    for (uint8_t i = 0; i < sizeof design / sizeof design[0]; i++) {
        design[i] = (int16_t)(random_bits() & 0xFFFFu);
    }
    design[0] = 2;
    for (uint8_t i = 0; i < 2u; i++) {
        state[i].s1 = (int32_t)random_bits();
        state[i].s2 = (int32_t)random_bits();
    }
    dsp_biquad(state, high, x, y, N);
    dsp_biquad(state, low, x, y, N - 1);
    dsp_biquad(state, design, x, y, N);
}

static void firs(const ROM int32_t *design, uint16_t block)
{
    union {
        dsp_fir_t one;
        dsp_fir_decimate_t every;
    } state;
    uint8_t at = 0;

    dsp_fir_init(&state.one, design, line, block);
    for (uint8_t i = 0; i < sizeof PARTS; at = (uint8_t)(at + PARTS[i++])) {
        dsp_fir(&state.one, &x[at], &y[at], PARTS[i]);
    }
    tell(y, sizeof y);
    for (uint16_t factor = 1; factor < 6u; factor = (uint16_t)(factor + 2u)) {
        uint16_t written;

        dsp_fir_decimate_init(&state.every, design, factor, line, block);
        written = dsp_fir_decimate(&state.every, x, y, N / 2 + 1);
        written = (uint16_t)(written + dsp_fir_decimate(&state.every, &x[N / 2 + 1], &y[written], N / 2 - 1));
        tell(&written, sizeof written);
        tell(y, written * sizeof y[0]);
    }
    told();
}

static void singles(void)
{
    union {
        dsp_halfband_t half;
        dsp_ema_t ema;
        dsp_dc_t dc;
        dsp_goertzel_t tone;
    } state;
    uint16_t written;

    dsp_ema_init(&state.ema, 777, x[0]);
    dsp_ema_low(&state.ema, x, y, N);
    tell(y, sizeof y);
    dsp_ema_high(&state.ema, x, y, N);
    tell(y, sizeof y);
    dsp_dc_init(&state.dc, 6, -5);
    dsp_dc(&state.dc, x, y, N);
    tell(y, sizeof y);
    for (uint8_t i = 0; i < 2u; i++) {
        uint32_t power;

        dsp_goertzel_init(&state.tone, tones[i]);
        written = dsp_goertzel_push(&state.tone, x, 33);
        power = dsp_goertzel_power(&state.tone);
        tell(&power, sizeof power);
        written = (uint16_t)(written + dsp_goertzel_push(&state.tone, x + 33, N - 33));
        power = dsp_goertzel_power(&state.tone);
        tell(&power, sizeof power);
        tell(&written, sizeof written);
    }
    told();
    dsp_halfband_init(&state.half, half, past, 20);
    written = dsp_halfband(&state.half, x, y, 31);
    written = (uint16_t)(written + dsp_halfband(&state.half, &x[31], &y[written], N - 31));
    tell(&written, sizeof written);
    tell(y, written * sizeof y[0]);
    told();
}

void bits(void)
{
    for (uint8_t kind = 0; kind < KINDS; kind++) {
        fill(x, N, kind);
        firs(fine, BLOCK);
        firs(plain, 5);
        singles();
        biquads(low);
        fill(x, N, kind);
        biquads(high);
        fill(x, N, kind);
        biquads(first);
    }
    for (uint8_t kind = 0; kind < KINDS; kind++) {
        fill(x, N, kind);
        wild();
        tell(x, sizeof x);
        told();
    }
}
