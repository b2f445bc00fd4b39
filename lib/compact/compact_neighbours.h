/* Nearest rows: k nearest neighbours, and k-means' centres.
 *
 * orchestrator/convert/compact/neighbours.py writes the tables, and chooses what features are scaled to so that no distance can
 * leave uint32.
 */
#ifndef COMPACT_NEIGHBOURS_H
#define COMPACT_NEIGHBOURS_H

#include <stddef.h>
#include <stdint.h>

#include "cpu.h"
#include "rom.h"

/* A query in the rows' units: features - low, held to -slack ... most + slack, without or with a multiplication for each feature.
 * Format:   int16 in and out. `factors` (uint16, in 2^-shift) and `lows` have a value each feature, or are NULL, and then `low` is of all.
 * Scaling:  rounded to nearest where there are factors; beyond the range it saturates.
 * Overflow: none for any features: |feature - low| <= 65535, times a factor of at most 65535 fits uint32, and half a step is added
 *           after one bit less of shift. */
static INLINE void compact_query(const int16_t *features, uint16_t n, const ROM int16_t *lows,
                                 const ROM uint16_t *factors, int16_t low, uint8_t shift, int16_t least, int16_t most,
                                 int16_t *query)
{
    for (uint_fast16_t i = 0; i < n; i++) {
        int32_t value = (int32_t)features[i] - (lows == NULL ? low : lows[i]);
        if (factors != NULL) {
            const uint32_t size = (uint32_t)(value < 0 ? -value : value) * factors[i];
            const int32_t scaled = (int32_t)(((size >> (shift - 1u)) + 1u) >> 1);
            value = value < 0 ? -scaled : scaled;
        }
        query[i] = (int16_t)(value < least ? least : value > most ? most : value);
    }
}

/* The squared distance of a query to a row; it stops as soon as it is at least `enough`.
 * Format:   int16 query, a row [n] of uint8 with `bits` 8, else of int16; uint32 out.
 * Scaling:  exact.
 * Overflow: none: n times the square of the largest difference is below 2^31, which the conversion proves. */
static INLINE uint32_t compact_distance(const ROM void *row, uint8_t bits, const int16_t *query, uint16_t n,
                                        uint32_t enough)
{
    uint32_t distance = 0;
    for (uint_fast16_t i = 0; i < n && distance < enough; i++) {
        const int32_t place = bits == 8u ? ((const ROM uint8_t *)row)[i] : ((const ROM int16_t *)row)[i];
        const int32_t difference = query[i] - place;
        distance += (uint32_t)(difference * difference);
    }
    return distance;
}

/* Puts a row into the list of the nearest, in rising order, where `place` is the last that is free or may go; of equal ones, that which came
 * first stays before. */
static INLINE void compact_put(uint32_t *distances, uint16_t *rows, uint_fast8_t place, uint32_t distance, uint16_t row)
{
    for (; place != 0u && distances[place - 1u] > distance; place--) {
        distances[place] = distances[place - 1u];
        rows[place] = rows[place - 1u];
    }
    distances[place] = distance;
    rows[place] = row;
}

/* The places of the k rows that are nearest to a query, nearest first, the lowest of equals first.
 * Format:   rows as compact_distance; `distances` is k of uint32 and `nearest` k of uint16, both written; n_rows >= k. Scaling, Overflow: as there. */
static INLINE void compact_nearest(const ROM void *rows, uint8_t bits, uint16_t n_rows, uint16_t n, uint8_t k,
                                   const int16_t *query, uint32_t *distances, uint16_t *nearest)
{
    const ROM uint8_t *at = (const ROM uint8_t *)rows;
    for (uint_fast16_t row = 0; row < n_rows; row++) {
        const uint_fast8_t last = (uint_fast8_t)(row < k ? row : k - 1u);
        const uint32_t enough = row < k ? UINT32_MAX : distances[last];
        const uint32_t distance = compact_distance(at, bits, query, n, enough);
        if (distance < enough) {
            compact_put(distances, nearest, last, distance, (uint16_t)row);
        }
        at += (size_t)n * (bits / 8u);
    }
}

/* The class that most of the k nearest rows have, the lowest of equals; where `proba` is not NULL also each class's share of them.
 * Format:   `votes` is n_classes of scratch; `shares` are k + 1 bytes, round(255 * i / k); uint8 out.
 * Scaling:  exact but for rounding. Overflow: none. */
static INLINE uint8_t compact_majority(const uint16_t *nearest, uint8_t k, const ROM uint8_t *classes,
                                       const ROM uint8_t *shares, uint8_t n_classes, uint8_t *votes, uint8_t *proba)
{
    uint_fast8_t best = 0;
    for (uint_fast8_t c = 0; c < n_classes; c++) {
        votes[c] = 0;
    }
    for (uint_fast8_t i = 0; i < k; i++) {
        votes[classes[nearest[i]]]++;
    }
    for (uint_fast8_t c = 0; c < n_classes; c++) {
        if (votes[c] > votes[best]) {
            best = c;
        }
        if (proba != NULL) {
            proba[c] = shares[votes[c]];
        }
    }
    return (uint8_t)best;
}

/* The mean of the k nearest rows' targets: outputs[o] = sum of targets[row][o], which the conversion has divided by k.
 * Format:   int32 in and out. Scaling: each target is rounded to nearest. Overflow: none: each target is below 2^31 / k. */
static INLINE void compact_mean(const uint16_t *nearest, uint8_t k, const ROM int32_t *targets, uint8_t n_outputs,
                                int32_t *outputs)
{
    for (uint_fast8_t o = 0; o < n_outputs; o++) {
        int32_t sum = 0;
        for (uint_fast8_t i = 0; i < k; i++) {
            sum += targets[(uint32_t)nearest[i] * n_outputs + o];
        }
        outputs[o] = sum;
    }
}

#endif
