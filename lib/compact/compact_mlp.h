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
#include "cpu.h"
#include "rom.h"

/* The first layer's inputs: (feature - low + half a step) >> shift, where the difference is held to 0 ... limit; returns their sum.
 * Format:   int16 in, uint16 out, 0 ... 255; limit is at most 32767 - low and (limit + half a step) >> shift at most 255.
 * Scaling:  rounded to nearest; features beyond the range saturate.
 * Overflow: none for any features: a difference from below low, modulo 2^16, is above 32767 - low, and so above the limit. */
static INLINE uint32_t compact_mlp_inputs(const int16_t *features, uint16_t n, int16_t low, uint16_t limit,
                                          uint8_t shift, uint16_t *inputs)
{
    const uint32_t half = ((uint32_t)1 << shift) >> 1;
    uint32_t total = 0;
    for (uint_fast16_t i = 0; i < n; i++) {
        uint32_t value = (uint16_t)((uint16_t)features[i] - (uint16_t)low);
        if (value > limit) {
            value = features[i] < low ? 0u : limit;
        }
        value = (value + half) >> shift;
        inputs[i] = (uint16_t)value;
        total += value;
    }
    return total;
}

/* As compact_mlp_inputs with a low and a shift of 0, but the features themselves where all are within 0 ... limit, and `inputs`
 * else; the sum of either in `total`. n is a multiple of 4. */
static INLINE const uint16_t *compact_mlp_direct(const int16_t *features, uint16_t n, uint16_t limit, uint16_t *inputs,
                                                 uint32_t *total)
{
    const uint16_t *const direct = (const uint16_t *)features;
    uint32_t sum = 0;
    for (const uint16_t *feature = direct; feature != direct + n; feature += 4) {
        if (feature[0] > limit || feature[1] > limit || feature[2] > limit || feature[3] > limit) {
            *total = compact_mlp_inputs(features, n, 0, limit, 0, inputs);
            return inputs;
        }
        sum += (uint32_t)feature[0] + feature[1] + feature[2] + feature[3];
    }
    *total = sum;
    return direct;
}

/* As compact_mlp_inputs, with a low and a shift for each feature; each input is held to 0 ... most.
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

/* The next layer's inputs: sum >> shift, held to 0 ... most (rectified); returns their sum.
 * Format:   int32 in, uint16 out, 0 ... 255. Scaling: floor; the conversion adds half a step to the biases.
 * Overflow: none for any sums. */
static INLINE uint32_t compact_mlp_relu(const int32_t *sums, uint16_t n, uint8_t shift, uint8_t most, uint16_t *inputs)
{
    uint32_t total = 0;
    for (uint_fast16_t i = 0; i < n; i++) {
        int32_t value = sums[i] >> shift;
        if ((uint32_t)value > most) {
            value = value < 0 ? 0 : most;
        }
        inputs[i] = (uint16_t)value;
        total += (uint32_t)value;
    }
    return total;
}

/* The next layer's inputs through the logistic function: 0 ... most; returns their sum. A layer with tanh is one of these,
 * since tanh(z) = 2 * logistic(2 z) - 1, and the conversion puts the 2 and the 1 into the weights on both sides.
 * Format:   sums are z * 2^(shift + fine + 2); uint16 out. Scaling: as compact_mlp_logistic. Overflow: none for any sums. */
static INLINE uint32_t compact_mlp_squash(const int32_t *sums, uint16_t n, uint8_t shift, uint8_t fine, uint8_t most,
                                          uint16_t *inputs)
{
    uint32_t total = 0;
    for (uint_fast16_t i = 0; i < n; i++) {
        const int32_t value = (compact_mlp_logistic(sums[i] >> shift, fine) * most + 16384) >> 15;
        inputs[i] = (uint16_t)value;
        total += (uint32_t)value;
    }
    return total;
}

/* Two int16 of a word whose halves were added as one number: the lower, and the upper without its borrow. */
static INLINE void compact_mlp_halves(uint32_t word, int32_t *lower, int32_t *upper)
{
    *lower = (int16_t)(uint16_t)word;
    *upper = (int16_t)(uint16_t)((word + 0x8000u) >> 16);
}

enum { COMPACT_MLP_STRIDE = 4 }; /* inputs a step of the loops below: tables are filled with zeros to a multiple */

/* One input times the weights of four units; see compact_mlp_sums8. */
static INLINE void compact_mlp_add8(uint32_t weights, uint32_t value, uint32_t *even, uint32_t *odd)
{
    *even += weights * value;
    *odd += ((weights >> 8) & 0x00FF00FFu) * value;
}

/* The sums of 4 * groups units with weights of 8 bits. A group is two words of biases, then a word an input with the weights of
 * its four units, each + 128: bytes 0 and 2 are added in `even`, 1 and 3 in `odd`. `total` is the inputs' sum, which takes the
 * 128s out again.
 * Format:   uint16 inputs [n], each 0 ... 255, n >= 1 and a multiple of the stride; int16 sums in int32.
 * Scaling:  exact.
 * Overflow: wraps modulo 2^32 on the way; exact at the end where each sum is within int16, which the conversion proves. */
static HOT SHARED void compact_mlp_sums8(const ROM uint32_t *words, const uint16_t *inputs, uint16_t n, uint8_t groups,
                                         uint32_t total, int32_t *sums)
{
    const uint32_t unbias = total * 0x00800080u;
    const uint16_t *const end = inputs + n;
    for (; groups != 0u; groups--) {
        uint32_t even = words[0] - unbias * 257u;
        uint32_t odd = words[1] - unbias;
        words += 2;
        for (const uint16_t *input = inputs; input != end; input += COMPACT_MLP_STRIDE) {
            compact_mlp_add8(words[0], input[0], &even, &odd);
            compact_mlp_add8(words[1], input[1], &even, &odd);
            compact_mlp_add8(words[2], input[2], &even, &odd);
            compact_mlp_add8(words[3], input[3], &even, &odd);
            words += COMPACT_MLP_STRIDE;
        }
        even -= odd << 8;
        compact_mlp_halves(even, sums, sums + 2);
        compact_mlp_halves(odd, sums + 1, sums + 3);
        sums += 4;
    }
}

/* The sums of 4 * groups units with weights of 16 bits: a group is two words of biases, then two words an input, each with the
 * weights of two units, first + second * 2^16.
 * Format, Scaling, Overflow: as compact_mlp_sums8, without a total. */
static HOT SHARED void compact_mlp_sums16(const ROM uint32_t *words, const uint16_t *inputs, uint16_t n, uint8_t groups,
                                          int32_t *sums)
{
    const uint16_t *const end = inputs + n;
    for (; groups != 0u; groups--) {
        uint32_t first = words[0];
        uint32_t second = words[1];
        words += 2;
        for (const uint16_t *input = inputs; input != end; input += COMPACT_MLP_STRIDE) {
            first += words[0] * input[0];
            second += words[1] * input[0];
            first += words[2] * input[1];
            second += words[3] * input[1];
            first += words[4] * input[2];
            second += words[5] * input[2];
            first += words[6] * input[3];
            second += words[7] * input[3];
            words += 2 * COMPACT_MLP_STRIDE;
        }
        compact_mlp_halves(first, sums, sums + 1);
        compact_mlp_halves(second, sums + 2, sums + 3);
        sums += 4;
    }
}

#endif
