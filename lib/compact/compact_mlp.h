/* Multilayer perceptrons: integer weights, two or four of them in a word, so that one 32-bit multiply does two MACs.
 *
 * orchestrator/convert/compact/mlp.py writes the tables. In the narrow form an input is 0 ... 255, a sum is int16, and each unit's
 * scale is such that its sum stays within int16 for any inputs up to the largest that the layer before can give. What happens on
 * the way may wrap: two sums share a word, modulo 2^32, and the end is exact.
 */
#ifndef COMPACT_MLP_H
#define COMPACT_MLP_H

#include <stddef.h>
#include <stdint.h>

#include "compact_squash.h"
#include "cpu_steps.h"
#include "cpu.h"
#include "rom.h"

/* The features themselves as inputs where all are within 0 ... most, and NULL else; the sum of the former in `total`.
 * Format:   int16, n >= 1 and a multiple of the stride; most is at most 255. Overflow: 65,535 inputs of 255 fit uint32. */
static INLINE const uint16_t *compact_mlp_direct(const int16_t *features, uint16_t n, uint8_t most, uint32_t *total)
{
    const uint16_t *const direct = (const uint16_t *)features;
    uint32_t sum = 0;
#ifdef CPU_SIMD
    uint32_t over = 0;
    for (const uint16_t *feature = direct; feature != direct + n; feature += 2) {
        const int16x2_t pair = *(const cpu_even_pair_t *)feature;
        over |= (uint32_t)__uqsub16((uint16x2_t)pair, most * 0x00010001u);
        sum = (uint32_t)__smlad(pair, 0x00010001, (int32_t)sum);
    }
    if (over != 0u) {
        return NULL;
    }
#else
    for (const uint16_t *feature = direct; feature != direct + n; feature += 2) {
        if (feature[0] > most || feature[1] > most) {
            return NULL;
        }
        sum += (uint32_t)feature[0] + feature[1];
    }
#endif
    *total = sum;
    return direct;
}

/* The first layer's inputs where each feature has a low and a shift: (feature - low + half a step) >> shift, held to 0 ... most; returns
 * their sum.
 * Format:   int16 in, uint16 out, 0 ... 255. Scaling: rounded to nearest; features beyond the range saturate.
 * Overflow: none for any features: a difference of two int16 and 2^15 fits int32; 65,535 inputs of 255 fit uint32. */
static INLINE uint32_t compact_mlp_inputs_each(const int16_t *features, uint16_t n, const ROM int16_t *lows,
                                               const ROM uint8_t *shifts, uint8_t most, uint16_t *inputs)
{
    uint32_t total = 0;
    for (uint_fast16_t i = 0; i < n; i++) {
        const int32_t half = ((int32_t)1 << shifts[i]) >> 1;
        int32_t value = ((int32_t)features[i] - lows[i] + half) >> shifts[i];
        if ((uint32_t)value > most) {
            value = value < 0 ? 0 : most;
        }
        inputs[i] = (uint16_t)value;
        total += (uint32_t)value;
    }
    return total;
}

/* A layer's inputs in the narrow form. */
typedef struct {
    uint16_t n;    /* at least 1 */
    uint8_t shift; /* of what they are made of; COMPACT_MLP_SQUASH with it where then comes the logistic function */
    uint8_t most;  /* they are 0 ... most; 0 marks what is no more a layer's inputs but the answer */
} compact_mlp_layer_t;

enum { COMPACT_MLP_SQUASH = 0x80, COMPACT_MLP_FINE = 5 };

/* A layer's inputs: (source - low) >> shift, held to 0 ... most (rectified); returns their sum.
 * Format:   int16 in, uint16 out, 0 ... 255; low is -49152 ... 32767. Scaling: floor; the conversion adds half a step to the biases, or
 *           takes it from low. Overflow: none for any source: 65,535 inputs of 255 fit uint32. */
static HOT SHARED uint32_t compact_mlp_relu(const int16_t *source, uint16_t *inputs, const ROM compact_mlp_layer_t *layer,
                                            int32_t low)
{
    const uint8_t shift = layer->shift;
    const uint8_t most = layer->most;
    uint32_t total = 0;
    uint_fast16_t i = layer->n; /* down to 0: one index serves both */
    do {
        i--;
        CPU_KEEP(i);
        int32_t value = (source[i] - low) >> shift;
        if ((uint32_t)value > most) {
            value = value < 0 ? 0 : most;
        }
        inputs[i] = (uint16_t)value;
        total += (uint32_t)value;
    } while (i != 0u);
    return total;
}

/* As compact_mlp_relu, but through the logistic function, of z * 2^(shift + COMPACT_MLP_FINE + 2). */
static INLINE uint32_t compact_mlp_squash(const int16_t *source, uint16_t *inputs,
                                          const ROM compact_mlp_layer_t *layer)
{
    const uint8_t shift = layer->shift & (COMPACT_MLP_SQUASH - 1);
    const uint8_t most = layer->most;
    uint32_t total = 0;
    for (uint_fast16_t i = 0; i < layer->n; i++) {
        const int32_t value = (compact_mlp_logistic(source[i] >> shift, COMPACT_MLP_FINE) * most + 16384) >> 15;
        inputs[i] = (uint16_t)value;
        total += (uint32_t)value;
    }
    return total;
}

/* Two sums, of which the upper is without its borrow. */
static INLINE void compact_mlp_store(int16_t *lower, int16_t *upper, uint32_t word)
{
    *lower = (int16_t)(uint16_t)word;
    *upper = (int16_t)(uint16_t)((word + 0x8000u) >> 16);
}

/* The last layer's sums, in `sums`. `layers` ends with a row that has their number and a `most` of 0. `words` has the tables of all layers,
 * group by group of four units: with `bits` 8, two words of biases, then a word an input with the weights of its four units, each + 128, of
 * which bytes 0 and 2 are added in one word, 1 and 3 in another, and the inputs' sum takes the 128s out again; with `bits` 16, two words
 * of biases, then two words an input, first + second * 2^16 each. The first inputs are `ready`, with their `total`, or that is NULL, and
 * they are made of the features as compact_mlp_relu does. `relu` and `squash` say which activations there are.
 * Format:   int16 features, uint16 inputs, each 0 ... 255; `inputs` and `sums` are scratch for the widest layer, filled up to a multiple of
 *           the stride. int16 sums; low is -49152 ... 32767.
 * Scaling:  exact but for the activations; features beyond the range saturate.
 * Overflow: wraps modulo 2^32 on the way; exact at the end where each sum is within int16, which the conversion proves. */
static INLINE void compact_mlp_run(uint8_t bits, uint8_t relu, uint8_t squash, const ROM compact_mlp_layer_t *layer,
                                   const ROM uint32_t *words, const int16_t *features, int32_t low,
                                   const uint16_t *ready, uint32_t total, uint16_t *inputs, int16_t *sums)
{
    const int16_t *source = features;
    do {
        const uint16_t n = layer->n;
        const uint16_t *first = ready;
        if (first == NULL) {
            first = inputs;
            if (squash && (!relu || (layer->shift & COMPACT_MLP_SQUASH) != 0u)) {
                total = compact_mlp_squash(source, inputs, layer);
            } else {
                total = compact_mlp_relu(source, inputs, layer, low);
            }
        }
        layer++;
        const uint16_t *const end = first + (n + CPU_STEPS_STRIDE - 1u) / CPU_STEPS_STRIDE * CPU_STEPS_STRIDE;
        const int16_t *const last = sums + layer->n;
        const uint32_t unbias = total * 0x00800080u;
        int16_t *sum = sums;
        do {
            uint32_t one = words[0];
            uint32_t other = words[1];
            if (bits == 8u) {
                words = cpu_steps8(words + 2, first, end, &one, &other);
                one -= (other << 8) + unbias;
                other -= unbias;
                compact_mlp_store(sum, sum + 2, one);
                compact_mlp_store(sum + 1, sum + 3, other);
            } else {
                words = cpu_steps16(words + 2, first, end, &one, &other);
                compact_mlp_store(sum, sum + 1, one);
                compact_mlp_store(sum + 2, sum + 3, other);
            }
            sum += CPU_STEPS_STRIDE;
        } while (sum < last);
        source = sums;
        low = 0;
        ready = NULL;
    } while (layer->most != 0u);
}

#endif
