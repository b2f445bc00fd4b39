/* Binary logarithm of an integer: turns energies of any size into small features. */
#ifndef DSP_LOG2_H
#define DSP_LOG2_H

#include <stdint.h>

/* log2(value); 0 for 0, as for 1.
 * Format:   uint32 in, Q8 out: 0 ... 8191.
 * Scaling:  out = 256 * log2(value), at most 1.1 steps too low, never too high.
 * Overflow: none for any value: the mantissa stays below 2^16, its square below 2^32. */
int16_t dsp_log2_q8(uint32_t value);

#endif
