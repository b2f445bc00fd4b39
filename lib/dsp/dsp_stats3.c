/* Statistics of three axes. */
#include "dsp_stats3.h"

#include "dsp_covariance.h"
#include "dsp_sma.h"

static const ROM uint8_t PERCENTS[DSP_STATS3_PERCENTILES] = {10, 25, 50, 75, 90};

void dsp_stats3(const int16_t frames[][3], uint16_t n, dsp_percentile_t *work, dsp_stats3_t *out)
{
    int64_t products[3];
    int32_t sum[3];
    int16_t mean[3];
    uint16_t ranks[DSP_STATS3_PERCENTILES];
    uint32_t magnitude = 0;

    n = n > DSP_SUMS_MAX ? DSP_SUMS_MAX : n;
    for (uint8_t i = 0; i < DSP_STATS3_PERCENTILES; i++) {
        ranks[i] = dsp_percentile_rank(n, PERCENTS[i]);
    }
    for (uint8_t i = 0; i < 3u; i++) {
        const int16_t *x = &frames[0][i];
        dsp_stats_t *axis = &out->axis[i];
        dsp_sums_t sums;

        dsp_sums(x, n, 3, &sums);
        dsp_stats_of(&sums, axis);
        for (uint8_t k = 0; k < DSP_STATS3_PERCENTILES; k++) {
            out->percentile[i][k] = 0;
        }
        if (n != 0u) {
            dsp_percentile_begin(work, sums.min, sums.max);
            axis->mean_crossings = dsp_percentile_count(work, x, n, 3, dsp_stats_level(&sums, axis->mean_q4));
            dsp_percentile_select(work, x, n, 3, ranks, DSP_STATS3_PERCENTILES, out->percentile[i]);
        }
        magnitude += sums.magnitude;
        sum[i] = sums.sum;
        mean[i] = (int16_t)(axis->mean_q4 >> 4);
    }
    dsp_covariance_products(frames, n, products);
    for (uint8_t i = 0; i < 3u; i++) {
        const uint8_t a = i == 2u, b = i == 0u ? 1u : 2u;

        out->covariance[i] = dsp_covariance_of(products[i], sum[a], mean[a], sum[b], mean[b], n);
    }
    out->sma_q4 = dsp_sma_of(magnitude, n);
}
