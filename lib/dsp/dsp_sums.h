/* What one pass over a block leaves behind: the exact sums from which dsp_stats derives its figures. */
#ifndef DSP_SUMS_H
#define DSP_SUMS_H

#include <stdint.h>

#define DSP_SUMS_MAX 4096u /* samples of a block */

typedef struct {
    uint64_t energy;    /* sum of x^2: at most 2^42 */
    int32_t sum;        /* sum of x: at most 2^27 in size */
    uint32_t magnitude; /* sum of |x|: at most 2^27 */
    uint32_t jerk;      /* sum of |x[t] - x[t - 1]|, from the second sample on: below 2^28 */
    int16_t min;
    int16_t max;
    uint16_t n;
} dsp_sums_t;

/* Sums of x[0], x[stride], x[2 * stride], ... (n samples): stride 3 reads one axis of interleaved frames. n is held to
 * DSP_SUMS_MAX, stride to at least 1; of no samples everything is 0.
 * Format:   int16 in; integers of the input's unit (energy: unit squared) out.
 * Scaling:  none; exact. The sums of sizes are twice the sum of what is positive minus the plain sum: of x, and of the steps,
 *           whose plain sum is last - first.
 * Overflow: none for any input: 4096 samples of size 2^15 sum to 2^27, their squares to 2^42, 4095 steps of size 65535 to
 *           less than 2^28, and twice the positive part of any of them stays below 2^29. */
void dsp_sums(const int16_t x[], uint16_t n, uint8_t stride, dsp_sums_t *out);

/* Its inner pass, for 1 <= n <= DSP_SUMS_MAX and stride >= 1: all but n, with the positive parts alone in magnitude and jerk. */
void dsp_sums_pass(const int16_t x[], uint16_t n, uint8_t stride, dsp_sums_t *out);

#endif
