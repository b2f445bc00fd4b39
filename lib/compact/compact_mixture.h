/* Gaussian densities in integers: naive Bayes, mixtures, and the elliptic envelope.
 *
 * orchestrator/convert/compact/gauss.py writes the tables. A cost is what a row lacks to the most likely row there can be: half the
 * squared Mahalanobis distance (the whole of it for the envelope), and what determinant and prior add, in steps of
 * 2^-fraction. It is never negative, and a row beyond COMPACT_FAR saturates.
 */
#ifndef COMPACT_MIXTURE_H
#define COMPACT_MIXTURE_H

#include <stddef.h>
#include <stdint.h>

#include "compact_linear.h"
#include "compact_softmax.h"
#include "cpu.h"
#include "rom.h"

#define COMPACT_FAR 0x40000000UL   /* the largest cost */
enum { COMPACT_FAR_TERM = 32767 }; /* the largest term, whose square it exceeds */

/* cost + the sum over n independent features of t * (t + 1), t = (|feature * 2^scale - mean| * factor) >> shift: the square of t
 * and half a step, less a quarter. It stops as soon as the cost is above `enough`.
 * Format:   int16 features, int16 means and uint16 factors [n]; cost in uint32.
 * Scaling:  each t within half a step, and what rounding mean and factor adds; a distance above 65535 saturates.
 * Overflow: none for any features: the distance is held to 65535, so that the product fits uint32; the cost before the last addition
 *           is at most enough <= 2^30, and COMPACT_FAR_TERM * (COMPACT_FAR_TERM + 1) is below 2^30. */
static INLINE uint32_t compact_diagonal(const ROM int16_t *means, const ROM uint16_t *factors, uint16_t n,
                                        uint8_t scale, uint8_t shift, const int16_t *features, uint32_t cost,
                                        uint32_t enough)
{
    for (uint_fast16_t i = 0; i < n && cost <= enough; i++) {
        int32_t distance = features[i] * ((int32_t)1 << scale) - means[i];
        if (distance < 0) {
            distance = -distance;
        }
        if (scale != 0u && distance > 65535) {
            distance = 65535;
        }
        uint32_t term = ((uint32_t)distance * factors[i]) >> shift;
        if (term > COMPACT_FAR_TERM) {
            term = COMPACT_FAR_TERM;
        }
        cost += term * (term + 1u);
    }
    return cost;
}

/* cost + the sum over n columns of the square of (bias + sum of weight * feature) >> shift, the columns of an upper triangular
 * factor: i + 1 weights in column i. It stops as soon as the cost is above `enough`.
 * Format:   int16 weights and features, int32 biases, uint8 shifts; cost in uint32.
 * Scaling:  each term within half a step (which is in the bias), and what rounding the weights adds.
 * Overflow: none for any features: |bias| and 32768 * sum of |weight| are each below 2^30, which the conversion proves; the cost
 *           before the last addition is at most enough <= 2^30, and the square of COMPACT_FAR_TERM is below 2^30. */
static INLINE uint32_t compact_triangular(const ROM int16_t *weights, const ROM int32_t *biases,
                                          const ROM uint8_t *shifts, uint16_t n, const int16_t *features, uint32_t cost,
                                          uint32_t enough)
{
    for (uint_fast16_t column = 0; column < n && cost <= enough; column++) {
        int32_t term = compact_dot16(weights, features, (uint16_t)(column + 1u), biases[column]) >> shifts[column];
        weights += column + 1u;
        if (term < 0) {
            term = -term;
        }
        if (term > COMPACT_FAR_TERM) {
            term = COMPACT_FAR_TERM;
        }
        cost += (uint32_t)term * (uint32_t)term;
    }
    return cost;
}

/* What a class may cost before it has no part in the answer: as the cheapest so far, and with probabilities 2^16 times less likely. */
static INLINE uint32_t compact_enough(uint32_t least, uint32_t margin)
{
    return margin < COMPACT_FAR - least ? least + margin : COMPACT_FAR;
}

/* Fills scores with the negative costs of n_classes that are described by compact_diagonal; `extra` is what each costs from the
 * start, at most COMPACT_FAR. A class that costs more than the cheapest before it and `margin` may have any such cost.
 * Format:   int32 scores, -2^31 + 1 ... 0. Scaling, Overflow: as compact_diagonal. */
static INLINE void compact_diagonal_scores(const ROM int16_t *means, const ROM uint16_t *factors,
                                           const ROM uint8_t *shifts, const ROM int32_t *extra, uint16_t n,
                                           uint8_t n_classes, uint8_t scale, const int16_t *features, uint32_t margin,
                                           int32_t *scores)
{
    uint32_t least = COMPACT_FAR;
    for (uint_fast8_t c = 0; c < n_classes; c++) {
        const uint32_t cost = compact_diagonal(means, factors, n, scale, shifts[c], features, (uint32_t)extra[c],
                                               compact_enough(least, margin));
        least = cost < least ? cost : least;
        scores[c] = -(int32_t)cost;
        means += n;
        factors += n;
    }
}

/* As compact_diagonal_scores, of classes that are described by compact_triangular. `weights_step` is the weights of a class: n * (n + 1) / 2, or 0
 * where all share them; `shifts_step` likewise n or 0. */
static INLINE void compact_triangular_scores(const ROM int16_t *weights, const ROM int32_t *biases,
                                             const ROM uint8_t *shifts, const ROM int32_t *extra, uint16_t n,
                                             uint8_t n_classes, uint16_t weights_step, uint16_t shifts_step,
                                             const int16_t *features, uint32_t margin, int32_t *scores)
{
    uint32_t least = COMPACT_FAR;
    for (uint_fast8_t c = 0; c < n_classes; c++) {
        const uint32_t cost = compact_triangular(weights, biases, shifts, n, features, (uint32_t)extra[c],
                                                 compact_enough(least, margin));
        least = cost < least ? cost : least;
        scores[c] = -(int32_t)cost;
        weights += weights_step;
        shifts += shifts_step;
        biases += n;
    }
}

/* The logarithm of the sum of the classes' likelihoods, from scores of the functions above, and `offset` added to it; a row that costs
 * more than `far` of each class has the logarithm of one that costs so much.
 * Format:   int32 in and out, in steps of 2^-fraction nats; `ln2` is round(ln(2) * 2^(fraction + 4)), at most 2^16.
 * Scaling:  the error of the scores, 0.0011 and a step.
 * Overflow: none: log2 of the sum of 254 classes is below 8 * 4096, its product below 2^31; far <= 2^30; |offset| is below 2^29. */
static INLINE int32_t compact_log_sum(const int32_t *scores, uint8_t n_classes, compact_logs_t logs, uint32_t ln2,
                                      uint32_t far, int32_t offset)
{
    const int32_t top = scores[compact_best(scores, n_classes)];
    if (top <= -(int32_t)far) {
        return offset - (int32_t)far;
    }
    uint32_t sum = 0;
    for (uint_fast8_t c = 0; c < n_classes; c++) {
        sum += compact_exp2((uint32_t)top - (uint32_t)scores[c], logs);
    }
    return top + (int32_t)((compact_log2(sum) * ln2) >> 16) + offset;
}

#endif
