/* Block floating point: sums of very different size kept in 16 bits, one exponent for all of a block. */
#ifndef DSP_BLOCKFLOAT_H
#define DSP_BLOCKFLOAT_H

#include <stdint.h>

/* Packs count values into mantissas; returns their common shift.
 * Format:   int32 in (not -2^31), int16 mantissas out, shift 0 ... 16.
 * Scaling:  in = mantissa * 2^shift, rounded down (arithmetic shift); the shift is the least that brings all |in| below 2^15.
 * Overflow: none: |in| <= 2^31 - 1, shifted until |in| < 2^15. */
uint8_t dsp_blockfloat_pack(const int32_t in[], int16_t mantissa[], uint8_t count);

/* Adds count packed values to a running total that has a shift of its own; the larger shift wins.
 * Format:   int32 totals, int16 mantissas; *total_shift 0 ... 16.
 * Scaling:  total = sum of in / 2^*total_shift, each term rounded down.
 * Overflow: none for up to 65535 additions: each adds at most 2^15. */
void dsp_blockfloat_add(int32_t total[], uint8_t *total_shift, const int16_t mantissa[], uint8_t shift, uint8_t count);

#endif
