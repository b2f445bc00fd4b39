/* Features of a cow's neck movement: sample by sample into sums, block by block into a ring, merged when a decision is due. */
#include "cattle_features.h"

#include <string.h>

#include "dsp_blockfloat.h"
#include "dsp_isqrt.h"
#include "dsp_lags.h"
#include "dsp_log2.h"
#include "dsp_median.h"
#include "dsp_ratio.h"
#ifndef CATTLE_SMALL
#include "dsp_spectrum.h"
#endif

#define NECK 1u
#define AXES 3u
#define SECOND_SAMPLES 10u

static uint32_t magnitude(int32_t value)
{
    return (uint32_t)(value < 0 ? -value : value);
}

static uint32_t square(int32_t value)
{
    return (uint32_t)(value * value);
}

static int sign(int16_t value)
{
    return (value > 0) - (value < 0);
}

static void start_block(cattle_features_t *self)
{
    memset(self->lag, 0, sizeof(self->lag));
    self->sway = 0;
    self->sway_neck = 0;
    self->least_mg2 = UINT32_MAX;
    self->most_mg2 = 0;
    self->calm_mg2 = UINT32_MAX;
    self->jerk_mg = 0;
    self->change = 0;
#ifndef CATTLE_SMALL
    self->peak_mg = 0;
#endif
    self->raw_frames = 0;
    self->raw_full = 0;
    self->samples = 0;
    self->moved = 0;
    self->half_crossings = 0;
    self->sways = 0;
    self->same = true;
}

void cattle_features_init(cattle_features_t *self, uint16_t rate_hz)
{
    memset(self, 0, sizeof(*self));
    dsp_decimate_init(&self->decimate, rate_hz / CATTLE_RATE_HZ);
    dsp_detrend_init(&self->detrend);
    dsp_slow_init(&self->slow);
    start_block(self);
}

static void watch_sensor(cattle_features_t *self, const int16_t raw_mg[AXES])
{
    bool full = false;

    if (self->raw_frames == 0u) {
        memcpy(self->first_raw_mg, raw_mg, sizeof(self->first_raw_mg));
    }
    for (uint8_t i = 0; i < AXES; i++) {
        self->same = self->same && raw_mg[i] == self->first_raw_mg[i];
        full = full || magnitude(raw_mg[i]) >= CATTLE_FULL_SCALE_MG;
    }
    self->raw_full = (uint16_t)(self->raw_full + (full ? 1u : 0u)); /* at most 3000 */
    self->raw_frames++;
}

/* Bounds: |a|^2 <= 3 * 2^30; 30 changes of 3 * 2^16 stay below 2^23; a second's sum is at most 10 * 2^15. */
static void add_sample(cattle_features_t *self, const int16_t x_mg[AXES])
{
    const bool first = self->blocks == 0u && self->samples == 0u;
    uint32_t norm_mg2 = 0;

    for (uint8_t i = 0; i < AXES; i++) {
        norm_mg2 += square(x_mg[i]);
        self->second[i] += x_mg[i];
        if (!first) {
            self->jerk_mg += magnitude((int32_t)x_mg[i] - self->last_mg[i]);
        }
        self->last_mg[i] = x_mg[i];
    }
    if (norm_mg2 < self->least_mg2) {
        self->least_mg2 = norm_mg2;
    }
    if (norm_mg2 > self->most_mg2) {
        self->most_mg2 = norm_mg2;
    }
}

/* Bounds: at most 30 samples of 3 * 4095^2 stay below 2^31 (dsp_lags.h); 3 * 4095 fits in 16 bits. */
static void add_movement(cattle_features_t *self, const int16_t move_mg[AXES])
{
    dsp_lags_push(self->line, self->lag, CATTLE_LAGS, move_mg);
    for (uint8_t i = 0; i < AXES; i++) {
        /* Half a crossing to zero, half from it: small movements are often zero, and up must count as down does. */
        self->half_crossings = (uint8_t)(self->half_crossings + magnitude(sign(move_mg[i]) - sign(self->line[1][i])));
        self->second_mg2 += square(move_mg[i]);
    }
    self->moved++;
#ifndef CATTLE_SMALL
    const uint32_t size_mg = magnitude(move_mg[0]) + magnitude(move_mg[1]) + magnitude(move_mg[2]);
    if (size_mg > self->peak_mg) {
        self->peak_mg = (uint16_t)size_mg;
    }
#endif
}

/* Bounds: at most 3 a block; 3 * 3 * 16383^2 < 2^32. */
static void add_sway(cattle_features_t *self, const int16_t move[AXES])
{
    for (uint8_t i = 0; i < AXES; i++) {
        self->sway += square(move[i]);
    }
    self->sway_neck += square(move[NECK]);
    self->sways++;
}

/* Bounds: 3 changes of 3 * 20 * 2^15 stay below 2^23. */
static void close_second(cattle_features_t *self)
{
    /* The first second has none before it, and no movement: the window around its samples is still filling. */
    const bool first = self->blocks == 0u && self->samples == SECOND_SAMPLES;

    if (!first && self->second_mg2 < self->calm_mg2) {
        self->calm_mg2 = self->second_mg2;
    }
    self->second_mg2 = 0;
    for (uint8_t i = 0; i < AXES; i++) {
        if (!first) {
            self->change += magnitude(self->second[i] - self->last_second[i]);
        }
        self->last_second[i] = self->second[i];
        self->second[i] = 0;
    }
}

static void close_block(cattle_features_t *self)
{
    cattle_block_t *block = &self->block[self->next];

    block->shift = dsp_blockfloat_pack(self->lag, block->lag, CATTLE_LAGS);
    block->sway = dsp_log2_q8(self->sway / self->sways);
    block->sway_neck = dsp_log2_q8(self->sway_neck / self->sways);
    block->range = dsp_log2_q8((uint32_t)dsp_isqrt(self->most_mg2) - dsp_isqrt(self->least_mg2));
    block->calm = dsp_log2_q8(self->calm_mg2);
    block->jerk = dsp_log2_q8(self->jerk_mg);
    block->change = dsp_log2_q8(self->change);
#ifndef CATTLE_SMALL
    block->peak = dsp_log2_q8(self->peak_mg);
#endif
    block->moved = self->moved;
    block->half_crossings = self->half_crossings;

    self->stuck = self->same;
    self->saturated = (uint32_t)self->raw_full * 10u >= self->raw_frames;
    self->next = (uint8_t)(self->next + 1u < CATTLE_BLOCKS ? self->next + 1u : 0u);
    if (self->blocks < CATTLE_BLOCKS) {
        self->blocks++;
    }
    start_block(self);
}

bool cattle_features_push(cattle_features_t *self, const int16_t xyz_mg[3])
{
    int16_t x_mg[AXES], move[AXES];

    watch_sensor(self, xyz_mg);
    if (!dsp_decimate_push(&self->decimate, xyz_mg, x_mg)) {
        return false;
    }
    add_sample(self, x_mg);
    if (dsp_detrend_push(&self->detrend, x_mg, move)) {
        add_movement(self, move);
    }
    if (dsp_slow_push(&self->slow, x_mg, move)) {
        add_sway(self, move);
    }
    self->samples++;
    if (self->samples % SECOND_SAMPLES == 0u) {
        close_second(self);
    }
    if (self->samples < CATTLE_BLOCK_SAMPLES) {
        return false;
    }
    close_block(self);
    return true;
}

/* What the blocks' own values say: their mean, median, least or most. */
static void merge_values(const cattle_features_t *self, int16_t out[CATTLE_FEATURES])
{
    int16_t sway[CATTLE_BLOCKS], sway_neck[CATTLE_BLOCKS], range[CATTLE_BLOCKS];
    int32_t jerk = 0, change = 0;
    int16_t calm = INT16_MAX;

    for (uint8_t b = 0; b < self->blocks; b++) {
        const cattle_block_t *block = &self->block[b];

        sway[b] = block->sway;
        sway_neck[b] = block->sway_neck;
        range[b] = block->range;
        calm = block->calm < calm ? block->calm : calm;
        jerk += block->jerk;
        change += block->change;
    }
    out[CATTLE_SWAY] = dsp_median(sway, self->blocks);
    out[CATTLE_SWAY_NECK] = dsp_median(sway_neck, self->blocks);
    out[CATTLE_RANGE_MEDIAN] = dsp_median(range, self->blocks);
    out[CATTLE_RANGE] = range[self->blocks - 1u]; /* the median has put them in order */
    out[CATTLE_CALM] = calm;
    out[CATTLE_JERK] = (int16_t)(jerk / self->blocks);
    out[CATTLE_CHANGE] = (int16_t)(change / self->blocks);
#ifndef CATTLE_SMALL
    out[CATTLE_PEAK] = 0;
    for (uint8_t b = 0; b < self->blocks; b++) {
        if (self->block[b].peak > out[CATTLE_PEAK]) {
            out[CATTLE_PEAK] = self->block[b].peak;
        }
    }
#endif
}

#ifndef CATTLE_SMALL
/* Share of the power in bins first ... last, both sides of a spectrum of 50 bins. */
static int16_t share_q15(const int16_t power_q10[DSP_SPECTRUM_BINS], uint8_t first, uint8_t last)
{
    int32_t sum_q10 = 0;

    for (uint8_t bin = first; bin <= last; bin++) {
        sum_q10 += power_q10[bin];
    }
    return dsp_ratio_q15(sum_q10, 25 * 1024L);
}

static void merge_spectrum(const int16_t rho_q15[CATTLE_LAGS], int16_t energy, int16_t out[CATTLE_FEATURES])
{
    int16_t power_q10[DSP_SPECTRUM_BINS];
    int16_t peak_q10 = 0, repeat_q15 = -INT16_MAX, share;

    dsp_spectrum(rho_q15, power_q10);
    for (uint8_t bin = 3; bin < DSP_SPECTRUM_BINS; bin++) {
        peak_q10 = power_q10[bin] > peak_q10 ? power_q10[bin] : peak_q10;
    }
    for (uint8_t lag = 3; lag < CATTLE_LAGS; lag++) {
        repeat_q15 = rho_q15[lag] > repeat_q15 ? rho_q15[lag] : repeat_q15;
    }
    share = share_q15(power_q10, 3, 6);
    /* A share that rounding made negative counts as the smallest one. */
    out[CATTLE_ENERGY_06] = (int16_t)(energy + dsp_log2_q8(share > 0 ? (uint32_t)share : 1u) - 15 * 256);
    out[CATTLE_SHARE_06] = share;
    out[CATTLE_SHARE_32] = share_q15(power_q10, 16, 25);
    out[CATTLE_PEAK_SHARE] = peak_q10;
    out[CATTLE_REPEAT] = repeat_q15;
}
#endif

/* What the sums of the whole context say: energetic blocks weigh more. */
static void merge_sums(const cattle_features_t *self, int16_t out[CATTLE_FEATURES])
{
    int32_t lag[CATTLE_LAGS] = {0};
    int16_t rho_q15[CATTLE_LAGS];
    uint16_t moved = 0, half_crossings = 0; /* at most 300 and 1800 */
    uint8_t shift = 0;

    for (uint8_t b = 0; b < self->blocks; b++) {
        const cattle_block_t *block = &self->block[b];

        dsp_blockfloat_add(lag, &shift, block->lag, block->shift, CATTLE_LAGS);
        moved = (uint16_t)(moved + block->moved);
        half_crossings = (uint16_t)(half_crossings + block->half_crossings);
    }
    for (uint8_t i = 0; i < CATTLE_LAGS; i++) {
        rho_q15[i] = dsp_ratio_q15(lag[i], lag[0]);
    }
    /* Per sample, so that contexts of any length compare. */
    const int16_t energy = (int16_t)(dsp_log2_q8((uint32_t)lag[0]) + 256 * shift - dsp_log2_q8(moved));

    out[CATTLE_CROSSINGS] = dsp_ratio_q15(half_crossings, (int32_t)(2u * AXES * moved));
    out[CATTLE_REPEAT_01] = rho_q15[1];
#ifdef CATTLE_SMALL
    out[CATTLE_ENERGY] = energy;
#else
    merge_spectrum(rho_q15, energy, out);
#endif
}

void cattle_features_vector(const cattle_features_t *self, int16_t out[CATTLE_FEATURES])
{
    merge_values(self, out);
    merge_sums(self, out);
}
