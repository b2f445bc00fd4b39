/* What hidden layers whose sums are int32 make of them: int16, 0 ... 32767, rectified or through the logistic function. */
#ifndef COMPACT_SQUASH_H
#define COMPACT_SQUASH_H

#include <stdint.h>

#include "cpu.h"
#include "rom.h"

/* A hidden layer's outputs: sum >> shift, held to 0 ... 32767 (rectified). Scaling: floor; the conversion adds half a step to the biases.
 * Overflow: none for any sums. */
static INLINE void compact_mlp_relu_wide(const int32_t *sums, uint16_t n, uint8_t shift, int16_t *inputs)
{
    for (uint_fast16_t i = 0; i < n; i++) {
        const int32_t value = sums[i] >> shift;
        inputs[i] = (int16_t)(value < 0 ? 0 : value > INT16_MAX ? INT16_MAX : value);
    }
}

/* The logistic function.
 * Format:   z * 2^(fine + 2) in, Q15 out: 0 ... 32767.
 * Scaling:  within 0.0008 of the function of z, a step of z and a step of Q15: straight lines between 65 points over -8 ... 8.
 * Overflow: none for any z: held to -8 ... 8; fine is 1 ... 12. */
static INLINE int32_t compact_mlp_logistic(int32_t z, uint8_t fine)
{
    /* 32767 / (1 + exp(-(k - 32) / 4)) */
    static const ROM int16_t table[] = {
        11, 14, 18, 23, 30, 38, 49, 63, 81, 104, 133, 171, 219, 281, 360,
        461, 589, 753, 960, 1223, 1554, 1969, 2486, 3124, 3906, 4851, 5978, 7297, 8812, 10512,
        12371, 14346, 16384, 18421, 20396, 22255, 23955, 25470, 26789, 27916, 28861, 29643, 30281, 30798, 31213,
        31544, 31807, 32014, 32178, 32306, 32407, 32486, 32548, 32596, 32634, 32663, 32686, 32704, 32718, 32729,
        32737, 32744, 32749, 32753, 32756};
    const int32_t edge = (int32_t)32 << fine;
    const int32_t place = z < -edge ? 0 : z >= edge ? 2 * edge - 1 : z + edge;
    const int16_t low = table[place >> fine];
    const int32_t rise = table[(place >> fine) + 1] - (int32_t)low;
    return low + ((rise * (place & (((int32_t)1 << fine) - 1))) >> fine);
}

/* A hidden layer's outputs through the logistic function. Format: sums are z * 2^(shift + fine + 2). Scaling, Overflow: as
 * compact_mlp_logistic. */
static INLINE void compact_mlp_squash_wide(const int32_t *sums, uint16_t n, uint8_t shift, uint8_t fine,
                                           int16_t *inputs)
{
    for (uint_fast16_t i = 0; i < n; i++) {
        inputs[i] = (int16_t)compact_mlp_logistic(sums[i] >> shift, fine);
    }
}

#endif
