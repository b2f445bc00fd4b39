/* Signal magnitude area: how much three axes move together. */
#ifndef DSP_SMA_H
#define DSP_SMA_H

#include <stdint.h>

#include "dsp_sums.h"

/* The mean of |x| + |y| + |z| over n interleaved frames (n is held to DSP_SUMS_MAX; 0 of none), of the samples as they are:
 * remove gravity first where movement is meant. D. M. Karantonis et al., IEEE Trans. Inf. Technol. Biomed. 10/1 (2006), eq. 1.
 * Format:   int16 in; Q4 of the unit out: at most 16 * 98304.
 * Scaling:  rounded; error at most 1/32 of a unit.
 * Overflow: none for any input: the sum is at most 3 * 2^27; it is divided before the rest is shifted. */
uint32_t dsp_sma_q4(const int16_t frames[][3], uint16_t n);

/* The same from the sum of the three magnitudes (dsp_sums.h). */
uint32_t dsp_sma_of(uint32_t magnitude, uint16_t n);

#endif
