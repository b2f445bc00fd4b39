/* Skewness and kurtosis from sums of powers about an integer near the mean. */
#include "dsp_moments.h"

#include "cpu.h"
#include "dsp_isqrt64.h"
#include "dsp_stats.h"

enum { RANGE = 1 << 13 }; /* scaled samples are below it */

typedef struct {
    uint64_t fourth;
    int64_t third;
    uint64_t second;
    int32_t first;
} powers_t;

/* (x - min) << up >> down, of which `centre` is taken. */
HOT static void sum_powers(const int16_t x[], uint16_t n, uint8_t stride, int16_t min, uint8_t up, uint8_t down, int32_t centre,
                           powers_t *sum)
{
    sum->fourth = sum->second = 0;
    sum->third = 0;
    sum->first = 0;
    for (uint32_t i = 0; n != 0u; n--, i += stride) {
        const int32_t z = (int32_t)((uint32_t)((int32_t)x[i] - min) << up >> down) - centre;
        const uint32_t square = (uint32_t)(z * z);

        sum->first += z;
        sum->second += square;
        sum->third += (int64_t)square * z;
        sum->fourth += (uint64_t)square * square;
    }
}

bool dsp_moments(const int16_t x[], uint16_t n, uint8_t stride, dsp_moments_t *out)
{
    dsp_sums_t sums;
    dsp_stats_t stats;
    powers_t sum;
    uint8_t up = 0, down = 0;

    out->skewness_q10 = out->kurtosis_q10 = 0;
    dsp_sums(x, n, stride, &sums);
    dsp_stats_of(&sums, &stats);
    if (stats.sd_q4 < 16u) {
        return false;
    }
    stride = stride == 0u ? 1u : stride;
    const int32_t count = sums.n;
    const uint32_t range = (uint32_t)((int32_t)sums.max - sums.min);
    for (; range >> down >= RANGE; down++) {
    }
    for (; range << up < RANGE / 2; up++) {
    }
    sum_powers(x, sums.n, stride, sums.min, up, down, 0, &sum);
    sum_powers(x, sums.n, stride, sums.min, up, down, sum.first / count, &sum);

    /* The mean is `off` above that centre, 0 <= off < 1: powers about it, to the terms that matter. */
    const int32_t off_q8 = sum.first * 256 / count;
    const int64_t second_q8 = (int64_t)((sum.second << 8) / (uint32_t)count);
    const int64_t third = sum.third / count;
    const int64_t variance_q8 = second_q8 - ((off_q8 * off_q8) >> 8);
    const int64_t about3 = third - ((3 * off_q8 * second_q8) >> 16);
    const int64_t about4 = (int64_t)(sum.fourth / (uint32_t)count) - ((4 * off_q8 * third) >> 8);
    const int64_t sd_q8 = (int64_t)dsp_isqrt64((uint64_t)variance_q8 << 8);

    out->skewness_q10 = (int32_t)(about3 * (1L << 18) / ((variance_q8 * sd_q8) >> 8));
    out->kurtosis_q10 = (int32_t)((uint64_t)about4 * 1024u / (((uint64_t)variance_q8 * (uint64_t)variance_q8) >> 16));
    return true;
}
