/* Power and magnitude of a packed spectrum. */
#ifndef DSP_POWER_H
#define DSP_POWER_H

#include <stdint.h>

/* The power of each bin of what dsp_rfft_q15 left: |X[k]|^2, k = 0 ... n/2. n is even, 2 or more; power has n/2 + 1
 * elements and must not overlap x.
 * Format:   int16 pairs in, uint32 out, in the squared unit of the input.
 * Scaling:  exact.
 * Overflow: none for any input: twice 32,768 squared is 2^31. */
void dsp_power(const int16_t x[], uint16_t n, uint32_t power[]);

/* The magnitude of each bin: |X[k]|, k = 0 ... n/2. n and the arrays as above.
 * Format:   int16 pairs in, uint16 out, in the unit of the input.
 * Scaling:  exact, rounded down.
 * Overflow: none for any input: at most 32,768 * sqrt(2) = 46,340. */
void dsp_power_magnitude(const int16_t x[], uint16_t n, uint16_t magnitude[]);

#endif
