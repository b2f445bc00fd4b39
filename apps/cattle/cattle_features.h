/* What a cow's neck tells in up to 30 seconds, from sums per 3 s block: no sample is kept. */
#ifndef CATTLE_FEATURES_H
#define CATTLE_FEATURES_H

#include <stdbool.h>
#include <stdint.h>

#include "dsp_decimate.h"
#include "dsp_detrend.h"
#include "dsp_slow.h"

#define CATTLE_RATE_HZ 10          /* after decimation; the sensor's rate is a multiple of it, up to 1000 Hz */
#define CATTLE_BLOCK_SAMPLES 30u   /* 3 s, as Damle's segments: a decision each */
#define CATTLE_BLOCKS 10u          /* the context: 30 s, less after a start */
#define CATTLE_FULL_SCALE_MG 15900 /* from here on a +-16 g sensor is taken as saturated */

/* Axes: y along the neck, so that a collar that turns around the neck changes no feature. Energies and sizes are
 * 256 * log2 of their unit, shares and correlations Q15 unless another format is named. */
enum {
    CATTLE_SWAY,       /* slow movement, 0.2-0.7 Hz, the median block: a standing body sways, a lying one rests on the ground */
    CATTLE_SWAY_NECK,  /* the same along the neck */
    CATTLE_ENERGY,     /* of movement: sample minus the mean of 1.1 s around it */
    CATTLE_REPEAT_01,  /* its autocorrelation at 0.1 s: slow against quick */
    CATTLE_REPEAT_03,  /* at 0.3 s: steps, at 2 Hz, are opposed by then; bites and chewing are not */
    CATTLE_CROSSINGS,  /* sign changes a sample and axis */
    CATTLE_CALM,       /* energy of the calmest second */
    CATTLE_RANGE,      /* of |a|, the widest block */
    CATTLE_NECK_TILT,  /* |mean along the neck| over |mean|, the mean block */
    CATTLE_NECK_SHARE, /* share of energy along the neck */
#ifndef CATTLE_SMALL
    CATTLE_SHARE_06,     /* share of power at 0.5-1.3 Hz */
    CATTLE_SHARE_13,     /* 1.3-2.1 Hz */
    CATTLE_SHARE_22,     /* 2.1-3.1 Hz */
    CATTLE_SHARE_32,     /* 3.1-5 Hz */
    CATTLE_PEAK_SHARE,   /* largest power from 0.6 Hz on, over the mean power, Q10 */
    CATTLE_ENERGY_06,    /* energy at 0.5-1.3 Hz */
    CATTLE_REPEAT,       /* largest autocorrelation at 0.3-1.2 s */
    CATTLE_JERK,         /* change from sample to sample, the mean block */
    CATTLE_RANGE_MEDIAN, /* the same, the median block */
    CATTLE_CHANGE,       /* change of the mean from second to second, the mean block */
    CATTLE_PEAK,         /* the largest single movement */
#endif
    CATTLE_FEATURES
};

#ifdef CATTLE_SMALL
#define CATTLE_LAGS 4u /* 0 ... 0.3 s */
#else
#define CATTLE_LAGS 13u /* 0 ... 1.2 s: what dsp_spectrum takes */
#endif

/* A closed block. Energies are 256 * log2. */
typedef struct {
    int16_t lag[CATTLE_LAGS + 1u]; /* autocorrelation sums, then the neck axis' part of lag 0; in 2^shift mg^2 */
    int16_t sway, sway_neck;
    int16_t calm;
    int16_t range;         /* of |a| */
    int16_t neck_tilt_q15;
#ifndef CATTLE_SMALL
    int16_t jerk, change, peak;
#endif
    uint8_t shift;
    uint8_t moved;     /* samples that the sums hold, 20 ... 30 */
    uint8_t crossings; /* 0 ... 90 */
} cattle_block_t;

typedef struct {
    cattle_block_t block[CATTLE_BLOCKS]; /* ring */
    uint8_t next;                        /* where the next block goes */
    uint8_t blocks;                      /* closed ones in the ring */

    /* The sensor's health in the block that closed last. */
    bool stuck;     /* every frame the same */
    bool saturated; /* a tenth or more of the frames at full scale */

    /* The block that is filling. */
    dsp_decimate_t decimate;
    dsp_detrend_t detrend;
    dsp_slow_t slow;
    int16_t line[CATTLE_LAGS][3];  /* the last movements, newest first */
    int32_t lag[CATTLE_LAGS + 1u]; /* as in the block */
    int32_t sum_mg[3];             /* sum over the block */
    uint32_t second_energy;        /* of movement, this second */
    uint32_t calm_energy;          /* of the calmest second with movement */
    uint32_t least_mg2, most_mg2;  /* |a|^2 */
    uint32_t sway, sway_neck;      /* sums of squares, (0.08 mg)^2 */
#ifndef CATTLE_SMALL
    uint32_t jerk_mg, change;      /* change in 0.1 mg */
    int32_t second_mg[3], last_second_mg[3]; /* sums over a second */
    int16_t last_mg[3];
    uint16_t peak_mg;
#endif
    int16_t first_raw_mg[3];       /* the block's first frame, for `stuck` */
    uint16_t raw_frames, raw_full; /* of this block */
    uint8_t samples;               /* of this block, 0 ... 29 */
    uint8_t moved, crossings, sways;
    bool same;                     /* all raw frames equal so far */
} cattle_features_t;

/* rate_hz: the sensor's, a multiple of 10. */
void cattle_features_init(cattle_features_t *self, uint16_t rate_hz);

/* One frame. True when a 3 s block has just closed: a decision is due.
 * Format: int16 mg, any value. Overflow: none in a block of 30 samples; each sum's bound stands beside it. */
bool cattle_features_push(cattle_features_t *self, const int16_t xyz_mg[3]);

/* The features of the last 1 ... 10 blocks; at least one must have closed. */
void cattle_features_vector(const cattle_features_t *self, int16_t out[CATTLE_FEATURES]);

#endif
