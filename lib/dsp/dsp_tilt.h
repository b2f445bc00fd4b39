/* Attitude of a sensor at rest, from gravity on its three axes. */
#ifndef DSP_TILT_H
#define DSP_TILT_H

#include <stdint.h>

typedef struct {
    int16_t pitch;       /* atan2(-x, sqrt(y^2 + z^2)): -16384 ... 16384 */
    int16_t roll;        /* atan2(y, z): the whole circle; 180 degrees is -32768 */
    int16_t inclination; /* angle between the z axis and the vector: 0 ... 32767 */
} dsp_tilt_t;

/* Angles of the vector (x, y, z); all 0 of (0, 0, 0). Freescale AN3461 rev. 6, "Tilt Sensing Using a Three-Axis Accelerometer",
 * equations 25 and 26 (roll first, then pitch) and 45.
 * Format:   int16 of any unit in; Q15 of half a turn out: 32768 is 180 degrees.
 * Scaling:  error at most 1.2 of 2^-15 half turns (0.007 degrees): dsp_atan2's, and the root's, which has 15 bits of fraction;
 *           an inclination of 180 degrees comes as 32767.
 * Overflow: none for any input: (y^2 + z^2) * 2^30 <= 2^61, its root and x * 2^15 below 2^31. */
void dsp_tilt(int16_t x, int16_t y, int16_t z, dsp_tilt_t *out);

#endif
