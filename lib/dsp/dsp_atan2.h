/* Angle of a vector. */
#ifndef DSP_ATAN2_H
#define DSP_ATAN2_H

#include <stdint.h>

/* The angle of (x, y) from the x axis, counter-clockwise, as atan2(y, x); 0 of (0, 0).
 * Format:   int32 in; Q15 of half a turn out: 32768 is 180 degrees, which comes as -32768, so that differences wrap rightly.
 * Scaling:  error at most 0.85 of 2^-15 half turns (0.005 degrees): half for rounding, atan(2^-15) for the steps that end.
 *           CORDIC, vectoring: J. E. Volder, "The CORDIC Trigonometric Computing Technique", IRE Trans. EC-8 (1959).
 * Overflow: none for any input: the sizes are shifted to below 2^29, and the steps lengthen the vector by less than 1.647,
 *           to below 1.647 * sqrt(2) * 2^29 < 2^31. */
int16_t dsp_atan2(int32_t y, int32_t x);

#endif
