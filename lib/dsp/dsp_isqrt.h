/* Integer square root. */
#ifndef DSP_ISQRT_H
#define DSP_ISQRT_H

#include <stdint.h>

/* The largest r with r * r <= value.
 * Format:   uint32 in, uint16 out.
 * Scaling:  exact floor; the unit of the result is the root of the input's.
 * Overflow: none for any value: root + bit <= value holds at each subtraction. */
uint16_t dsp_isqrt(uint32_t value);

#endif
