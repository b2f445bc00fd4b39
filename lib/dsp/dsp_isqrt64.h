/* Integer square root of 64 bits. */
#ifndef DSP_ISQRT64_H
#define DSP_ISQRT64_H

#include <stdint.h>

/* The largest r with r * r <= value.
 * Format:   uint64 in, uint32 out.
 * Scaling:  exact floor; the unit of the result is the root of the input's.
 * Overflow: none for any value. The upper half of the root is dsp_isqrt of the value's upper half, the lower half one 32-bit
 *           division: P. Zimmermann, "Karatsuba Square Root", INRIA RR-3805 (1999), with 2^16 as base. Its dividend may have
 *           33 bits; dividend and divisor are even but for one bit that cannot matter, so both are halved. */
uint32_t dsp_isqrt64(uint64_t value);

#endif
