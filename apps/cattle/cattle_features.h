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

/* Axis y lies along the neck. No feature tells x from z, up from down or left from right: a collar that is put on
 * the other way round changes nothing but rounding, and one that turns around the neck little. Energies and sizes are
 * 256 * log2 of their unit, correlations and shares Q15. "Movement" is a sample minus the mean of the 1.1 s around it. */
enum {
    CATTLE_SWAY,         /* slow movement, 0.2-0.7 Hz, the median block: a standing body sways, the ground holds a lying one */
    CATTLE_SWAY_NECK,    /* the same, along the neck */
    CATTLE_RANGE,        /* of |a|, the widest block */
    CATTLE_RANGE_MEDIAN, /* of |a|, the median block */
    CATTLE_CALM,         /* energy of the calmest second's movement */
    CATTLE_JERK,         /* change from sample to sample, the mean block */
    CATTLE_CHANGE,       /* change of the mean from second to second, the mean block */
    CATTLE_CROSSINGS,    /* sign changes of movement, per sample and axis */
    CATTLE_REPEAT_01,    /* autocorrelation of movement at 0.1 s: slow against quick */
#ifdef CATTLE_SMALL
    CATTLE_ENERGY, /* of movement */
#else
    CATTLE_ENERGY_06,  /* of movement at 0.5-1.3 Hz */
    CATTLE_SHARE_06,   /* share of its power there */
    CATTLE_SHARE_32,   /* and at 3.1-5 Hz */
    CATTLE_PEAK_SHARE, /* largest power from 0.6 Hz on, over the mean power; Q10 */
    CATTLE_REPEAT,     /* largest autocorrelation at 0.3-1.2 s: steps, bites, chewing */
    CATTLE_PEAK,       /* the largest single movement */
#endif
    CATTLE_FEATURES
};

#ifdef CATTLE_SMALL
#define CATTLE_LAGS 2u /* 0 and 0.1 s */
#else
#define CATTLE_LAGS 13u /* 0 ... 1.2 s: what dsp_spectrum takes */
#endif

/* A closed block. What is not a sum or a count is 256 * log2. */
typedef struct {
    int16_t lag[CATTLE_LAGS]; /* autocorrelation sums of movement, in 2^shift mg^2 */
    int16_t sway, sway_neck;
    int16_t range;
    int16_t calm;
    int16_t jerk, change;
#ifndef CATTLE_SMALL
    int16_t peak;
#endif
    uint8_t shift;
    uint8_t moved;          /* samples of movement, 20 ... 30 */
    uint8_t half_crossings; /* 0 ... 180 */
} cattle_block_t;

typedef struct {
    cattle_block_t block[CATTLE_BLOCKS]; /* ring */
    uint8_t next;                        /* where the next block goes */
    uint8_t blocks;                      /* closed ones in the ring, 0 ... 10: the context's length */

    /* The sensor's health in the block that closed last. */
    bool stuck;     /* every frame the same */
    bool saturated; /* a tenth or more of the frames at full scale */

    /* The block that is filling. */
    dsp_decimate_t decimate;
    dsp_detrend_t detrend;
    dsp_slow_t slow;
    int16_t line[CATTLE_LAGS][3];  /* the last movements, newest first */
    int32_t lag[CATTLE_LAGS];      /* as in the block, mg^2 */
    uint32_t sway, sway_neck;      /* sums of squares, (0.08 mg)^2 */
    uint32_t least_mg2, most_mg2;  /* |a|^2 */
    uint32_t second_mg2;           /* movement's energy this second */
    uint32_t calm_mg2;             /* that of the calmest second */
    uint32_t jerk_mg;
    uint32_t change;               /* 0.1 mg */
    int32_t second[3];             /* sum of this second's samples */
    int32_t last_second[3];
    int16_t last_mg[3];            /* sample */
#ifndef CATTLE_SMALL
    uint16_t peak_mg;
#endif
    int16_t first_raw_mg[3];       /* the block's first frame, for `stuck` */
    uint16_t raw_frames, raw_full; /* of this block */
    uint8_t samples;               /* of this block, 0 ... 29 */
    uint8_t moved, half_crossings, sways;
    bool same;                     /* all raw frames equal so far */
} cattle_features_t;

/* rate_hz: the sensor's, a multiple of 10. */
void cattle_features_init(cattle_features_t *self, uint16_t rate_hz);

/* One frame. True when a 3 s block has just closed: a decision is due.
 * Format:   int16 mg, any value.
 * Scaling:  none; decimated to 10 Hz by averaging.
 * Overflow: none in a block; each sum's bound stands beside it in the source. */
bool cattle_features_push(cattle_features_t *self, const int16_t xyz_mg[3]);

/* The features of the last 1 ... 10 blocks; at least one must have closed.
 * Format:   int16, see the list above.
 * Scaling:  256 * log2 of at most 2^32: below 8192; Q15 and Q10 as named.
 * Overflow: none: sums of ten blocks of 16-bit values in 32 bits. */
void cattle_features_vector(const cattle_features_t *self, int16_t out[CATTLE_FEATURES]);

#endif
