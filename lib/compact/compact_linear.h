/* Linear models: one row of integer weights an output, and a sum.
 *
 * orchestrator/convert/compact/linear.py writes the tables, with the scalers before the model folded in, and chooses each scale so that
 * no sum of any int16 features can leave int32: sum of |weight| * 32768, and |bias| * 2^bias_shift, below 2^31.
 */
#ifndef COMPACT_LINEAR_H
#define COMPACT_LINEAR_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "compact_softmax.h"
#include "cpu.h"
#include "rom.h"

/* sum + the scalar product of n >= 1 weights and features.
 * Format:   int8 weights, int16 features, int32 out, in units of the weights.
 * Scaling:  exact.
 * Overflow: none where the sum of |weight| * 32768 and |sum| stays below 2^31, which the conversion proves. */
static HOT SHARED int32_t compact_dot8(const ROM int8_t *weights, const int16_t *features, uint16_t n, int32_t sum)
{
#ifdef CPU_THUMB1
    uint_fast16_t i = n; /* down to 0: one index serves both and ends the loop */
    do {
        i--;
        CPU_KEEP(i);
        sum += (int32_t)weights[i] * features[i];
    } while (i != 0u);
#else
    for (const ROM int8_t *end = weights + n; weights != end; weights++) {
        sum += (int32_t)*weights * *features++;
    }
#endif
    return sum;
}

/* As compact_dot8, with weights of 16 bits. A core that multiplies pairs reads both as they lie: no alignment is needed. */
static INLINE int32_t compact_dot16(const ROM int16_t *weights, const int16_t *features, uint16_t n, int32_t sum)
{
#ifdef CPU_SIMD
    for (; n >= 2u; n = (uint16_t)(n - 2u)) {
        int16x2_t w;
        int16x2_t x;
        memcpy(&w, weights, sizeof w);
        memcpy(&x, features, sizeof x);
        sum = __smlad(w, x, sum);
        weights += 2;
        features += 2;
    }
    if (n != 0u) {
        sum += (int32_t)*weights * *features;
    }
#else
    uint_fast16_t i = n;
    do {
        i--;
        sum += (int32_t)weights[i] * features[i];
    } while (i != 0u);
#endif
    return sum;
}

/* compact_dot8 or compact_dot16. */
static INLINE int32_t compact_dot(const ROM void *weights, uint8_t bits, const int16_t *features, uint16_t n, int32_t sum)
{
    return bits == 8u ? compact_dot8((const ROM int8_t *)weights, features, n, sum)
                      : compact_dot16((const ROM int16_t *)weights, features, n, sum);
}

/* The scores or outputs of a model: (bias_k * 2^bias_shift + sum of weight_ki * feature_i) >> shifts[k], or unshifted where
 * `shifts` is NULL.
 * Format:   weights of 8 or 16 `bits` [n_outputs][n_features], int16 biases and features, int32 out.
 * Scaling:  exact but for the floor of the shift; the conversion adds half a step to the bias.
 * Overflow: none for any features: see the head of this file. */
static INLINE void compact_linear(const ROM void *weights, uint8_t bits, const ROM int16_t *biases,
                                  const ROM uint8_t *shifts, uint8_t bias_shift, uint16_t n_features, uint8_t n_outputs,
                                  const int16_t *features, int32_t *scores)
{
    const ROM uint8_t *row = (const ROM uint8_t *)weights;
    for (uint_fast8_t k = 0; k < n_outputs; k++) {
        const int32_t sum = compact_dot(row, bits, features, n_features, biases[k] * ((int32_t)1 << bias_shift));
        scores[k] = shifts == NULL ? sum : sum >> shifts[k];
        row += (size_t)n_features * (bits / 8u);
    }
}

/* The place of the largest of a model's scores, the lowest of equals; of one output, 1 where it is above 0, else 0. Where
 * `proba` is not NULL also 255 for that class and 0 for the others.
 * Format:   as compact_linear. Scaling: exact. Overflow: none for any features. */
static INLINE uint8_t compact_linear_best(const ROM void *weights, uint8_t bits, const ROM int16_t *biases,
                                          uint8_t bias_shift, uint16_t n_features, uint8_t n_outputs,
                                          const int16_t *features, uint8_t *proba)
{
    const ROM uint8_t *row = (const ROM uint8_t *)weights;
    uint_fast8_t best = 0;
    const uint_fast8_t n_classes = n_outputs == 1u ? 2u : n_outputs;
    int32_t top = n_outputs == 1u ? 0 : INT32_MIN;
    for (uint_fast8_t k = (uint_fast8_t)(n_classes - n_outputs); k < n_classes; k++) {
        const int32_t score = compact_dot(row, bits, features, n_features, *biases++ * ((int32_t)1 << bias_shift));
        if (score > top) {
            top = score;
            best = k;
        }
        row += (size_t)n_features * (bits / 8u);
    }
    compact_only(best, n_classes, proba);
    return (uint8_t)best;
}

#endif
