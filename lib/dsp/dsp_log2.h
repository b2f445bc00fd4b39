/* Binary logarithm of an integer: turns energies of any size into small features. Take dsp_log2_q10: it is faster and
 * finer. dsp_log2_q8 keeps its bits for the models that learned from them. */
#ifndef DSP_LOG2_H
#define DSP_LOG2_H

#include <stdint.h>

/* log2(value); 0 for 0, as for 1.
 * Format:   uint32 in, Q8 out: 0 ... 8191.
 * Scaling:  out = 256 * log2(value), at most 1.1 steps too low, never too high.
 * Overflow: none for any value: the mantissa stays below 2^16, its square below 2^32. */
int16_t dsp_log2_q8(uint32_t value);

/* log2(value) by a table of 32 chords; 0 for 0, as for 1.
 * Format:   uint32 in, Q10 out: 0 ... 32767.
 * Scaling:  out = 1024 * log2(value), at most 1.25 steps too low, never too high. Rising with the value.
 * Overflow: none for any value: a chord climbs by less than 2^10 over 2^16, and the fraction stays below one turn of
 *           the exponent. */
int16_t dsp_log2_q10(uint32_t value);

#endif
