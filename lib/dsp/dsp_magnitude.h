/* How large vectors of three axes are. */
#ifndef DSP_MAGNITUDE_H
#define DSP_MAGNITUDE_H

#include <stdint.h>

/* sqrt(x^2 + y^2 + z^2).
 * Format:   int16 in, uint16 of the same unit out: at most 56755.
 * Scaling:  exact floor.
 * Overflow: none for any input: 3 * 2^30 < 2^32. */
uint16_t dsp_magnitude(int16_t x, int16_t y, int16_t z);

/* dsp_magnitude of each of n interleaved frames. */
void dsp_magnitude_block(const int16_t frames[][3], uint16_t n, uint16_t out[]);

#endif
