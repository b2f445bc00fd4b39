/* The passes of dsp_rfft.c, each of which some cores have in a file of their own. Not for callers. Complex values are pairs
 * of int16, real part first; an array of `points` of them is x. */
#ifndef DSP_RFFT_PASSES_H
#define DSP_RFFT_PASSES_H

#include <stdint.h>

#include "rom.h"

/* Added to the square of a length, this reaches bit 30 where the length is more than 23,162 * sqrt(2). */
#define DSP_RFFT_LONG 785335u

/* Puts x into bit-reversed order and transforms each four neighbours, divided by 4. Returns all squared lengths of its
 * results, each plus DSP_RFFT_LONG, or-ed. 16 ... 512 points. */
uint32_t dsp_rfft_first(int16_t x[], uint16_t points);

/* Radix 2: makes transforms of 8 from those of 4, divided by 2. */
void dsp_rfft_pair(int16_t x[], uint16_t points);

/* Radix 4: makes transforms of 4 * done from those of `done`, divided by 4. */
void dsp_rfft_quad(int16_t x[], uint16_t points, uint16_t done, const ROM int16_t *twiddles);

/* The spectrum of 2 * points real samples from the transform of them as complex ones, divided by 2; all but the bins 0 and
 * points / 2 of the transform. */
void dsp_rfft_split(int16_t x[], uint16_t points, const ROM int16_t *twiddles);

#endif
