/* Mean, sd, rms, jerk and crossings of a block. */
#include "dsp_stats.h"

#include "dsp_crossings.h"
#include "dsp_isqrt64.h"

static uint64_t squared(int32_t sum)
{
    const uint32_t size = (uint32_t)(sum < 0 ? -sum : sum);

    return (uint64_t)size * size;
}

void dsp_stats_of(const dsp_sums_t *sums, dsp_stats_t *out)
{
    const uint32_t n = sums->n, steps = n > 1u ? n - 1u : 1u;
    const uint64_t squares = n * sums->energy;

    out->mean_q4 = 0;
    out->sd_q4 = out->rms_q4 = 0;
    out->jerk_q4 = (16u * sums->jerk + steps / 2u) / steps;
    if (n != 0u) {
        out->mean_q4 = (int32_t)((16u * ((uint32_t)sums->sum + 0x8000u * n) + n / 2u) / n) - 16 * 0x8000L;
        out->sd_q4 = dsp_isqrt64((squares - squared(sums->sum)) << 8) / n;
        out->rms_q4 = dsp_isqrt64(squares << 8) / n;
    }
    out->min = sums->min;
    out->max = sums->max;
    out->mean_crossings = 0;
    out->n = sums->n;
}

int16_t dsp_stats_level(const dsp_sums_t *sums, int32_t mean_q4)
{
    const int32_t level = mean_q4 >> 4; /* above the mean - 1, below the mean + 1 */

    return (int16_t)(level * (int32_t)sums->n < sums->sum ? level + 1 : level);
}

void dsp_stats(const int16_t x[], uint16_t n, uint8_t stride, dsp_stats_t *out)
{
    dsp_sums_t sums;

    dsp_sums(x, n, stride, &sums);
    dsp_stats_of(&sums, out);
    out->mean_crossings = dsp_crossings(x, n, stride, dsp_stats_level(&sums, out->mean_q4), 0);
}

uint64_t dsp_stats_ac_energy(const dsp_sums_t *sums)
{
    return sums->n == 0u ? 0u : (sums->n * sums->energy - squared(sums->sum)) / sums->n;
}
