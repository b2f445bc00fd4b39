/* A frame as the logarithms of its bands: level, window, transform, bands. */
#include "dsp_logmel.h"

#include "cpu.h"

/* The bits by which every sample can be shifted up, 0 ... 15; 16 where all are 0. */
static HOT uint8_t room(const int16_t x[], uint16_t n)
{
    uint32_t used = 0;

    /* A bit is set where a sample has another bit below it than its own: the highest is where its sign ends. */
    for (const int16_t *at = x; at < &x[n]; at++) {
        const uint32_t sample = (uint16_t)*at;
        used |= sample ^ (sample << 1);
    }
    used &= 0xFFFFu;
    return used == 0u ? 16u : (uint8_t)(cpu_clz(used) - 16u);
}

static inline void scale(int16_t *x, int32_t weight_q15, uint8_t down)
{
    *x = (int16_t)((*x * weight_q15) >> down);
}

/* x = x * window * 2^shift, rounded down: the half step is a constant, of bin 0 alone, which no band has. Four samples share a cosine. */
static HOT void window(const ROM dsp_logmel_t *logmel, int16_t x[], uint8_t shift)
{
    const uint16_t n = logmel->rfft->n;
    const ROM int16_t *cosine_q14 = &logmel->rfft->split[1];
    const int32_t mean_q15 = logmel->mean_q15;
    const int32_t swing_q15 = 32768 - mean_q15;
    const uint8_t down = (uint8_t)(15u - shift);
    int16_t *up = x + 1, *before = x + n / 2u - 1, *after = x + n / 2u + 1, *back = x + n - 1;

    scale(x, mean_q15 - swing_q15, down);
    scale(x + n / 4u, mean_q15, down);
    scale(x + n / 2u, 32768, down);
    scale(x + n / 4u * 3u, mean_q15, down);
    while (up < before) {
        cosine_q14 += 2;
        const int32_t part_q15 = (swing_q15 * *cosine_q14) >> 14;
        const int32_t low_q15 = mean_q15 - part_q15;
        const int32_t high_q15 = mean_q15 + part_q15;
        scale(up++, low_q15, down);
        scale(back--, low_q15, down);
        scale(before--, high_q15, down);
        scale(after++, high_q15, down);
    }
}

bool dsp_logmel_fits(const ROM dsp_logmel_t *logmel)
{
    return logmel->bands->length == logmel->rfft->n && logmel->mean_q15 >= DSP_LOGMEL_HANN && logmel->mean_q15 <= DSP_LOGMEL_NONE;
}

bool dsp_logmel(const ROM dsp_logmel_t *logmel, int16_t x[], int16_t log_q8[])
{
    if (!dsp_logmel_fits(logmel)) {
        return false;
    }
    const uint8_t shift = room(x, logmel->rfft->n);
    if (shift < 16u) {
        window(logmel, x, shift);
        dsp_rfft_q15(logmel->rfft, x);
    }
    dsp_bands_log2(logmel->bands, x, (int8_t)shift, log_q8);
    return true;
}
