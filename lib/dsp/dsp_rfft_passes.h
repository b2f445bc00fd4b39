/* The passes of dsp_rfft.c, each of which some cores have in a file of their own. Not for callers. Complex values are pairs
 * of int16, real part first; an array of `points` of them is x. */
#ifndef DSP_RFFT_PASSES_H
#define DSP_RFFT_PASSES_H

#include <stdint.h>

#include "rom.h"

/* Added to the square of a length, this reaches bit 30 where the length is more than 23,162 * sqrt(2). */
#define DSP_RFFT_LONG 785335u

/* A tile is four columns of four points, one in each quarter of x: `stride` int16 from row to row. Transforms each column,
 * divided by 4, into a row: side by side, the rows in bit-reversed order of the columns and `to_stride` apart. Returns the
 * squared lengths of the results, each plus DSP_RFFT_LONG, or-ed. */
uint32_t dsp_rfft_tile(const int16_t *from, uint16_t stride, int16_t *to, uint16_t to_stride);

/* Copies four rows of four points, side by side at a multiple of 4 bytes, to rows `stride` int16 apart. */
void dsp_rfft_place(const int16_t kept[32], int16_t *to, uint16_t stride);

/* Radix 2: makes transforms of 8 from those of 4, divided by 2. */
void dsp_rfft_pair(int16_t x[], uint16_t points);

/* Radix 4: makes transforms of 4 * done from those of `done`, divided by 4. */
void dsp_rfft_quad(int16_t x[], uint16_t points, uint16_t done, const ROM uint32_t *twiddles);

/* The spectrum of 2 * points real samples from the transform of them as complex ones, divided by 2; all but the bins 0 and
 * points / 2 of the transform. */
void dsp_rfft_split(int16_t x[], uint16_t points, const ROM uint32_t *twiddles);

/* Where neighbouring bits of any x differ: bits 1 ... 15 of one half of the result, or of either; above the highest of them
 * are copies of the sign alone. n is even. */
uint32_t dsp_rfft_changes(const int16_t x[], uint16_t n);

/* Shifts each x left, by at most the copies of its sign. n is even. */
void dsp_rfft_raise(int16_t x[], uint16_t n, uint8_t bits);

#endif
