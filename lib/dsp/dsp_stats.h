/* Statistics of a block of samples, in 16ths of the input's unit (Q4). */
#ifndef DSP_STATS_H
#define DSP_STATS_H

#include <stdint.h>

#include "dsp_sums.h"

typedef struct {
    int32_t mean_q4;
    uint32_t sd_q4;   /* population standard deviation: the squares' mean is over n, not n - 1 */
    uint32_t rms_q4;  /* root of the mean square, the mean not removed */
    uint32_t jerk_q4; /* mean |x[t] - x[t - 1]| */
    int16_t min;
    int16_t max;
    uint16_t mean_crossings; /* how often x[t] >= mean and x[t - 1] >= mean differ */
    uint16_t n;
} dsp_stats_t;

/* All of dsp_stats_t but the crossings, which are set to 0, from the sums of a block; of no samples everything is 0.
 * Format:   sums in (dsp_sums.h); Q4 of their unit out: mean +-2^19, the others below 2^20.
 * Scaling:  mean and jerk are rounded (error at most 1/32 of a unit, halves up), sd and rms are exact, rounded down (less
 *           than 1/16). Nothing is lost on the way: sd = isqrt(2^8 * (n * energy - sum^2)) / n, rms = isqrt(2^8 * n * energy) / n,
 *           since the floor of a floor's quotient is the quotient's floor (Knuth, TAOCP 1, 1.2.4, exercise 35).
 * Overflow: none for the sums of any block: n * energy <= 2^54; 16 * (sum + 2^15 * n) + n / 2 and 16 * jerk + n / 2 below 2^32. */
void dsp_stats_of(const dsp_sums_t *sums, dsp_stats_t *out);

/* dsp_sums, dsp_stats_of and the crossings of the exact mean, in two passes over x[0], x[stride], ...; n and stride as there. */
void dsp_stats(const int16_t x[], uint16_t n, uint8_t stride, dsp_stats_t *out);

/* The least integer that is not below the mean: x >= mean exactly where x >= this. mean_q4 as dsp_stats_of gives it.
 * Format:   sums and Q4 in, int16 out.
 * Scaling:  exact: the rounded mean's whole part is above the mean - 1, so that one comparison of n times it with the sum decides.
 * Overflow: none: the mean of int16 lies in int16, so does the next integer above it. */
int16_t dsp_stats_level(const dsp_sums_t *sums, int32_t mean_q4);

/* The energy about the mean: energy - sum^2 / n, rounded down.
 * Format:   sums in, uint64 in their unit squared out: at most 2^42.
 * Scaling:  exact floor.
 * Overflow: none: n * energy <= 2^54. One 64-bit division. */
uint64_t dsp_stats_ac_energy(const dsp_sums_t *sums);

#endif
