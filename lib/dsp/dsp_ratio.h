/* The ratio of two integers as a fraction. */
#ifndef DSP_RATIO_H
#define DSP_RATIO_H

#include <stdint.h>

/* part / whole; 0 where whole is not positive (nothing to share out).
 * Format:   int32 in, Q15 out: -32767 ... 32767.
 * Scaling:  exact, rounded towards zero; |part| >= whole gives +-32767.
 * Overflow: none for any input: the remainder stays below whole <= 2^31 - 1, its double below 2^32. */
int16_t dsp_ratio_q15(int32_t part, int32_t whole);

#endif
