/* A frame as the logarithms of its bands: level, window, transform, bands. */
#include "dsp_logmel.h"

#include <string.h>

#include "cpu.h"

/* The two loops over the samples, which some cores have in files of their own (dsp_logmel_thumb1.S, dsp_logmel_simd.c).
 *
 * dsp_logmel_used: which bits some sample uses: bit i is set where bits i and i - 1 of a sample differ, so that the
 *                  highest is where a sign ends; 1 where there are only 0 and -1, 0 where there is only 0. n is a
 *                  multiple of 16.
 *
 * dsp_logmel_window: the raised cosine of mean_q15 times 2^shift, 0 ... 14, on all samples but those at 0, n/4, n/2 and
 *                    3n/4. Four share a cosine, Q14, the upper half of each word from table[1] on. A sample that is
 *                    shifted stays in int16, so its product stays in int32. One multiplication for what
 *                    dsp_window would do in two passes, with a rounding each. */
#if defined(CPU_THUMB1) || defined(CPU_SIMD)
uint32_t dsp_logmel_used(const int16_t x[], uint16_t n);
void dsp_logmel_window(int16_t x[], uint16_t n, const ROM uint32_t *table, uint8_t shift, int32_t mean_q15);
#else

static HOT uint32_t dsp_logmel_used(const int16_t x[], uint16_t n)
{
    uint32_t used = 0;

    for (const int16_t *at = x; at < &x[n]; at += 2) {
        uint32_t two;
        memcpy(&two, at, sizeof(two));
        used |= two ^ (two << 1);
    }
    return (used | used >> 16) & 0xFFFFu;
}

static HOT void dsp_logmel_window(int16_t x[], uint16_t n, const ROM uint32_t *table, uint8_t shift, int32_t mean_q15)
{
    const int32_t swing_q15 = 32768 - mean_q15;
    const int32_t mean_q16 = mean_q15 << (shift + 1u);
    int16_t *up = x + 1, *before = x + n / 2u - 1, *after = x + n / 2u + 1, *back = x + n - 1;

    while (up < before) {
        const int32_t part_q16 = ((swing_q15 * (int32_t)(*++table >> 16)) >> 14) << (shift + 1u);
        const int32_t low_q16 = mean_q16 - part_q16;
        const int32_t high_q16 = mean_q16 + part_q16;
        *up = cpu_weighted_q16(*up, low_q16);
        *back = cpu_weighted_q16(*back, low_q16);
        *before = cpu_weighted_q16(*before, high_q16);
        *after = cpu_weighted_q16(*after, high_q16);
        up++, back--, before--, after++;
    }
}

#endif

/* x = x * window * 2^shift, rounded down: the half step is a constant, of bin 0 alone, which no band has. */
static void window(const ROM dsp_logmel_t *logmel, int16_t x[], uint8_t shift)
{
    const uint16_t n = logmel->rfft->n;
    const uint16_t quarter = n / 4u;
    const int32_t mean_q16 = (int32_t)logmel->mean_q15 << (shift + 1u);

    dsp_logmel_window(x, n, logmel->rfft->split, shift, logmel->mean_q15);
    x[0] = cpu_weighted_q16(x[0], (2 * (int32_t)logmel->mean_q15 - 32768) << (shift + 1u));
    x[quarter] = cpu_weighted_q16(x[quarter], mean_q16);
    x[2u * quarter] = (int16_t)(x[2u * quarter] * (1 << shift));
    x[3u * quarter] = cpu_weighted_q16(x[3u * quarter], mean_q16);
}

/* The bits by which every sample can be shifted up, 0 ... 14; 15 where all are 0. */
static uint8_t room(const int16_t x[], uint16_t n)
{
    const uint32_t used = dsp_logmel_used(x, n);

    return used > 1u ? (uint8_t)(cpu_clz(used) - 16u) : (uint8_t)(15u - used);
}

bool dsp_logmel_fits(const ROM dsp_logmel_t *logmel)
{
    return logmel->bands->length == logmel->rfft->n && logmel->mean_q15 >= DSP_LOGMEL_HANN &&
           logmel->mean_q15 <= DSP_LOGMEL_NONE;
}

bool dsp_logmel(const ROM dsp_logmel_t *logmel, int16_t x[], int16_t log_q8[])
{
    if (!dsp_logmel_fits(logmel)) {
        return false;
    }
    const uint8_t shift = room(x, logmel->rfft->n);
    if (shift < 15u) {
        window(logmel, x, shift);
        dsp_rfft_q15(logmel->rfft, x);
    }
    dsp_bands_log2(logmel->bands, x, (int8_t)shift, log_q8);
    return true;
}
