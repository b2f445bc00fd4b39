/* Scores of classes to the best class and its probabilities, and to the logarithm of their sum, in integers.
 *
 * A model whose scores are natural or binary logarithms states, as constants, what turns a distance of two scores into Q12
 * of a binary logarithm: (distance >> compact_logs_t.coarser) * factor >> shift. orchestrator/convert/compact/logs.py makes
 * them and has the same arithmetic in Python.
 */
#ifndef COMPACT_SOFTMAX_H
#define COMPACT_SOFTMAX_H

#include <stddef.h>
#include <stdint.h>

#include "cpu.h"
#include "rom.h"

/* Passed by value with constant members, which the compiler folds into the code. */
typedef struct {
    uint8_t coarser; /* 0 ... 31 */
    uint8_t shift;   /* 0 ... 15 */
    uint16_t factor; /* 1 ... 65535 */
    uint32_t limit;  /* a distance from here on is 2^-16 or less, which counts as nothing */
} compact_logs_t;

enum {
    COMPACT_EXP2_A = 22657, /* 2^-x = 1 - x * (A - x * (B - x * C)): minimax of relative error with both ends exact, */
    COMPACT_EXP2_B = 7555,  /* found by linear programming on 2,001 points; each in Q15 */
    COMPACT_EXP2_C = 1282,
    COMPACT_LOG2_A = 5828, /* log2(1 + x) = x * (A - x * (B - x * C)): minimax of the error, in Q12 */
    COMPACT_LOG2_B = 2384,
    COMPACT_LOG2_C = 652
};

/* 2 to the power of -(distance of two scores); 0 from logs.limit on.
 * Format:   uint32 in, Q15 out: 0 ... 32768.
 * Scaling:  within 0.0002 of the value and one step of Q15.
 * Overflow: none for any distance: below logs.limit the product is below 2^(16 + shift) + factor < 2^32. */
static INLINE uint32_t compact_exp2(uint32_t distance, compact_logs_t logs)
{
    if (distance >= logs.limit) {
        return 0;
    }
    const uint32_t log2_q12 = ((distance >> logs.coarser) * logs.factor) >> logs.shift;
    const uint32_t x = log2_q12 & 0xFFFu;
    const uint32_t inner = COMPACT_EXP2_A - ((x * (COMPACT_EXP2_B - ((x * COMPACT_EXP2_C) >> 12))) >> 12);
    return (32768u - ((x * inner) >> 12)) >> (log2_q12 >> 12);
}

/* log2(sum) - 15.
 * Format:   uint32 32768 ... 2^31 in, Q12 out: 0 ... 65535.
 * Scaling:  within 0.0015 of the value.
 * Overflow: none in that range: the mantissa stays below 2^16. */
static INLINE uint32_t compact_log2(uint32_t sum)
{
    uint32_t exponent_q12 = 0;
    while (sum >= 65536u) {
        sum >>= 1;
        exponent_q12 += 4096u;
    }
    const uint32_t x = (sum - 32768u) >> 3;
    const uint32_t inner = COMPACT_LOG2_A - ((x * (COMPACT_LOG2_B - ((x * COMPACT_LOG2_C) >> 12))) >> 12);
    return exponent_q12 + ((x * inner) >> 12);
}

/* The best of n scores, the lowest of equals. */
static INLINE uint8_t compact_best(const int32_t *scores, uint8_t n)
{
    uint_fast8_t best = 0;
    int32_t top = scores[0];
    for (uint_fast8_t i = 1; i < n; i++) {
        if (scores[i] > top) {
            top = scores[i];
            best = i;
        }
    }
    return (uint8_t)best;
}

/* Where `proba` is not NULL: 255 for the class `best` and 0 for the others, for a model that has no probabilities. */
static INLINE void compact_only(uint_fast8_t best, uint_fast8_t n, uint8_t *proba)
{
    if (proba != NULL) {
        for (uint_fast8_t i = 0; i < n; i++) {
            proba[i] = i == best ? 255u : 0u;
        }
    }
}

/* The best of n scores; where `proba` is not NULL also the softmax of all, and `scores` is overwritten.
 * Format:   int32 in, uint8 out: 0 ... 255 for 0 ... 1, each rounded to nearest.
 * Scaling:  within 0.2 of 255ths of the exact softmax of these scores, before rounding, for up to 40 classes.
 * Overflow: none for any scores: distances are taken modulo 2^32, which holds them; the sum of 254 powers is below 2^23;
 *           a power times the inverse of the sum is at most 2^30. */
static INLINE uint8_t compact_soft(int32_t *scores, uint8_t n, compact_logs_t logs, uint8_t *proba)
{
    const uint8_t best = compact_best(scores, n);
    if (proba != NULL) {
        const uint32_t top = (uint32_t)scores[best];
        uint32_t sum = 0;
        for (uint_fast8_t i = 0; i < n; i++) {
            const uint32_t power = compact_exp2(top - (uint32_t)scores[i], logs);
            scores[i] = (int32_t)power;
            sum += power;
        }
        uint32_t rest = 1u << 15; /* 2^30 / sum, one bit a step: no chip here divides fast and small */
        uint32_t inverse = 0;
        for (uint_fast8_t bit = 0; bit < 16u; bit++) {
            inverse <<= 1;
            if (rest >= sum) {
                rest -= sum;
                inverse++;
            }
            rest <<= 1;
        }
        for (uint_fast8_t i = 0; i < n; i++) {
            const uint32_t share_q15 = ((uint32_t)scores[i] * inverse) >> 15;
            proba[i] = (uint8_t)((share_q15 * 255u + 16384u) >> 15);
        }
    }
    return best;
}

#endif
