/* Statistics of a block and of three axes. */
#include "bits.h"
#include "dsp_covariance.h"
#include "dsp_crossings.h"
#include "dsp_isqrt.h"
#include "dsp_isqrt64.h"
#include "dsp_percentile.h"
#include "dsp_range.h"
#include "dsp_stats.h"
#include "dsp_stats3.h"

enum { FRAMES = 51, RANKS = 5 };

static int16_t frames[FRAMES][3];
static dsp_percentile_t work;
static const ROM uint8_t PERCENTS[RANKS] = {0, 33, 50, 90, 100};

static void tell_stats(const dsp_stats_t *stats)
{
    tell(&stats->mean_q4, sizeof stats->mean_q4);
    tell(&stats->sd_q4, sizeof stats->sd_q4);
    tell(&stats->rms_q4, sizeof stats->rms_q4);
    tell(&stats->jerk_q4, sizeof stats->jerk_q4);
    tell(&stats->min, sizeof stats->min);
    tell(&stats->max, sizeof stats->max);
    tell(&stats->mean_crossings, sizeof stats->mean_crossings);
    tell(&stats->n, sizeof stats->n);
}

static void tell_block(uint16_t n, uint8_t stride)
{
    int16_t order[RANKS], range[2];
    dsp_sums_t sums;
    dsp_stats_t stats;

    dsp_sums(&frames[0][0], n, stride, &sums);
    dsp_stats(&frames[0][0], n, stride, &stats);
    const uint64_t energy = dsp_stats_ac_energy(&sums);
    const uint32_t root = dsp_isqrt64(energy << 20);
    const uint16_t counts[2] = {dsp_crossings(&frames[0][0], n, stride, 0, 100), dsp_range(&frames[0][0], n, stride, range)};
    dsp_percentile(&work, &frames[0][0], n, stride, PERCENTS, RANKS, order);
    tell(&energy, sizeof energy);
    tell(&root, sizeof root);
    tell(counts, sizeof counts);
    tell(range, sizeof range);
    tell(order, sizeof order);
    tell_stats(&stats);
}

static void tell_axes(uint16_t n)
{
    int32_t matrix[6];
    dsp_stats3_t out;

    dsp_stats3((const int16_t(*)[3])frames, n, &work, &out);
    for (uint8_t i = 0; i < 3u; i++) {
        tell_stats(&out.axis[i]);
        tell(out.percentile[i], sizeof out.percentile[i]);
    }
    tell(out.covariance, sizeof out.covariance);
    tell(&out.sma_q4, sizeof out.sma_q4);
    dsp_covariance((const int16_t(*)[3])frames, n, matrix);
    tell(matrix, sizeof matrix);
}

/* Around squares, where a root changes. */
static void tell_roots(void)
{
    const uint32_t most = dsp_isqrt64(UINT64_MAX);

    for (uint32_t root = 1; root <= 0xFFFFu; root += 613u) {
        const uint16_t said[4] = {dsp_isqrt(root * root - 1u), dsp_isqrt(root * root), dsp_isqrt(root * root + 2u * root),
                                  dsp_isqrt(0u - root)};
        const uint64_t wide = (uint64_t)(root << 16) * (root << 16);
        const uint32_t roots[3] = {dsp_isqrt64(wide - 1u), dsp_isqrt64(wide), dsp_isqrt64(wide + 2u * (uint64_t)(root << 16))};

        tell(said, sizeof said);
        tell(roots, sizeof roots);
    }
    tell(&most, sizeof most);
}

void bits(void)
{
    tell_roots();
    told();
    for (uint8_t kind = 0; kind < KINDS; kind++) {
        fill(&frames[0][0], 3 * FRAMES, kind);
        tell_block(3 * FRAMES, 1);
        told();
        tell_block(FRAMES - 1, 3);
        tell_block(2, 2);
        tell_block(1, 1);
        tell_block(0, 0);
        told();
        tell_axes(FRAMES);
        tell_axes(FRAMES - 1);
        tell_axes(1);
        tell_axes(0);
        told();
    }
}
