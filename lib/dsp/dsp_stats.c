/* Mean, sd, rms, jerk and crossings of a block. */
#include "dsp_stats.h"

#include "dsp_crossings.h"
#include "dsp_isqrt64.h"

/* n^2 times the variance. */
static uint64_t spread(const dsp_sums_t *sums)
{
    const uint32_t size = (uint32_t)(sums->sum < 0 ? -sums->sum : sums->sum);

    return sums->n * sums->energy - (uint64_t)size * size;
}

void dsp_stats_of(const dsp_sums_t *sums, dsp_stats_t *out)
{
    const uint32_t n = sums->n, steps = n > 1u ? n - 1u : 1u;

    out->mean_q4 = 0;
    out->sd_q4 = out->rms_q4 = 0;
    out->jerk_q4 = (16u * sums->jerk + steps / 2u) / steps;
    if (n != 0u) {
        out->mean_q4 = (int32_t)((16u * ((uint32_t)sums->sum + 0x8000u * n) + n / 2u) / n) - 16 * 0x8000L;
        out->sd_q4 = dsp_isqrt64(spread(sums) << 8) / n;
        out->rms_q4 = dsp_isqrt64(n * sums->energy << 8) / n;
    }
    out->min = sums->min;
    out->max = sums->max;
    out->mean_crossings = 0;
    out->n = sums->n;
}

int16_t dsp_stats_level(const dsp_sums_t *sums)
{
    const uint32_t n = sums->n;

    return n == 0u ? 0 : (int16_t)((int32_t)(((uint32_t)sums->sum + 0x8000u * n + n - 1u) / n) - 0x8000L);
}

void dsp_stats(const int16_t x[], uint16_t n, uint8_t stride, dsp_stats_t *out)
{
    dsp_sums_t sums;

    dsp_sums(x, n, stride, &sums);
    dsp_stats_of(&sums, out);
    out->mean_crossings = dsp_crossings(x, n, stride, dsp_stats_level(&sums), 0);
}

uint64_t dsp_stats_ac_energy(const dsp_sums_t *sums)
{
    return sums->n == 0u ? 0u : spread(sums) / sums->n;
}
