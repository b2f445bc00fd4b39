/* Covariance matrix of three axes. */
#include "dsp_covariance.h"

#include "dsp_isqrt64.h"
#include "dsp_ratio.h"
#include "dsp_stats.h"

int32_t dsp_covariance_of(int64_t product, int32_t a, int16_t mean_a, int32_t b, int16_t mean_b, uint16_t n)
{
    if (n == 0u) {
        return 0;
    }
    const int32_t count = n, rest_a = a - mean_a * count, rest_b = b - mean_b * count;
    const int64_t about = product - (int64_t)mean_a * b - mean_b * rest_a - rest_a * rest_b / count;
    const uint64_t size = (uint64_t)(about < 0 ? -about : about) + n / 2u;
    const uint32_t high = (uint32_t)(size >> 16);
    const uint32_t low = (high % n) << 16 | (uint32_t)(size & 0xFFFFu);
    const int32_t quotient = (int32_t)((high / n << 16) + low / n);

    return about < 0 ? -quotient : quotient;
}

void dsp_covariance(const int16_t frames[][3], uint16_t n, int32_t out[6])
{
    int64_t products[3];
    int32_t sum[3];
    int16_t mean[3];

    dsp_covariance_products(frames, n, products);
    for (uint8_t i = 0; i < 3u; i++) {
        dsp_sums_t sums;
        dsp_stats_t stats;

        dsp_sums(&frames[0][i], n, 3, &sums);
        dsp_stats_of(&sums, &stats);
        sum[i] = sums.sum;
        mean[i] = (int16_t)(stats.mean_q4 >> 4);
        n = sums.n;
        out[i] = dsp_covariance_of((int64_t)sums.energy, sum[i], mean[i], sum[i], mean[i], n);
    }
    for (uint8_t i = 0; i < 3u; i++) {
        const uint8_t a = i == 2u, b = i == 0u ? 1u : 2u;

        out[3u + i] = dsp_covariance_of(products[i], sum[a], mean[a], sum[b], mean[b], n);
    }
}

int16_t dsp_covariance_correlation_q15(int32_t covariance, int32_t variance_a, int32_t variance_b)
{
    if (variance_a <= 0 || variance_b <= 0) {
        return 0;
    }
    return dsp_ratio_q15(covariance, (int32_t)dsp_isqrt64((uint64_t)variance_a * (uint32_t)variance_b));
}
