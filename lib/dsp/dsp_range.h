/* The least and the largest sample of a block. */
#ifndef DSP_RANGE_H
#define DSP_RANGE_H

#include <stdint.h>

/* out[0] = min, out[1] = max of x[0], x[stride], ... (n samples; n and stride are held as in dsp_sums.h); both 0 for none.
 * Returns max - min.
 * Format:   int16 in and out; the range uint16.
 * Scaling:  none; exact.
 * Overflow: none: max - min <= 65535. */
uint16_t dsp_range(const int16_t x[], uint16_t n, uint8_t stride, int16_t out[2]);

#endif
