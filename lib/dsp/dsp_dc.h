/* Takes off what is constant: gravity, an offset, a drift. */
#ifndef DSP_DC_H
#define DSP_DC_H

#include <stdint.h>

typedef struct {
    int32_t sum;   /* of all outputs: the offset times 2^shift, at most 2^30 in amount */
    uint8_t shift; /* 1 ... 15: the time constant is 2^shift samples */
} dsp_dc_t;

/* shift is held to 1 ... 15. The offset starts at `start`: the first sample, or 0. */
void dsp_dc_init(dsp_dc_t *self, uint8_t shift, int16_t start);

/* n samples without their offset: y = x - floor(sum / 2^shift), sum += y; a one-pole high-pass, its pole at 1 - 2^-shift,
 * with the rounding's rest kept in the sum. `in` and `out` may be the same array. The cut-off (-3 dB) is at about
 * rate / (2 pi 2^shift). (Oppenheim & Schafer, 6.9; Dattorro, J. AES 36/11, 1988, for the feedback.)
 * Format:   int16 in and out.
 * Scaling:  gain 1 far above the cut-off, 0 at frequency 0: after a constant, the output is 0 exactly. Error against
 *           float64: below 1. Settling: a step of h is below 1 after ln(h) * 2^shift samples: 10.4 * 2^shift for h = 32767.
 * Overflow: none inside for any samples: sum / 2^shift is a weighted mean of past samples, so |sum| <= 2^(15 + shift) <=
 *           2^30. `out` saturates: x minus the offset may be as much as twice int16; the sum takes it unsaturated. */
void dsp_dc(dsp_dc_t *self, const int16_t in[], int16_t out[], uint16_t n);

#endif
