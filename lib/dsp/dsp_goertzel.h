/* The power at one frequency: Goertzel's algorithm in Reinsch's form, which keeps its accuracy at low frequencies. */
#ifndef DSP_GOERTZEL_H
#define DSP_GOERTZEL_H

#include <stdint.h>

#include "rom.h"

#define DSP_GOERTZEL_DESIGN 9u /* numbers of a design */

typedef struct {
    const ROM int16_t *design; /* the caller's */
    int32_t sum;               /* s of the recursion, times 2^up */
    int32_t slope;             /* s minus the s before */
    uint16_t left;             /* samples to come */
} dsp_goertzel_t;

/* Starts a block. A design, from fieldmouse.design.filters.goertzel, is a row of int16: samples of a block (2 ... 32767);
 * up (-7 ... 14); then kappa = 4 sin^2(w / 2), sin w and 2 / samples^2, each as a mantissa (uint16: Q14 of 1 ... 2 for the
 * first two, Q16 of 1/2 ... 1 for the last) and the power of two that divides it; 1 where samples change their sign in
 * turn, for a frequency above a quarter of the rate. */
void dsp_goertzel_init(dsp_goertzel_t *self, const ROM int16_t *design);

/* Takes samples, until the block is complete, and returns how many of the n it took.
 * slope += x - kappa * s, s += slope. (Goertzel, Amer. Math. Monthly 65, 1958; Reinsch's form: Stoer & Bulirsch,
 * Introduction to Numerical Analysis, 2.3.4.)
 * Format:   int16 samples; the state times 2^up.
 * Scaling:  each step rounds by less than 1.5 * 2^-up, which reaches the block's |X| as at most samples * 1.5 * 2^-up. The
 *           longer the block and the nearer the frequency to 0 or half the rate, the smaller `up` has to be.
 * Overflow: none for any int16 samples: |s| <= 2^15 * sum of |sin((k + 1) w) / sin w| over a block's k, and the design
 *           tool chooses the largest `up` at which this, with the rounding, stays below 2^29; kappa <= 2. */
uint16_t dsp_goertzel_push(dsp_goertzel_t *self, const int16_t in[], uint16_t n);

/* The power at the frequency in what was taken, as if the rest of the block were zero: 2 |X|^2 / samples^2, which is
 * amplitude^2 / 2 for a sine of a whole number of periods.
 * Format:   samples' unit squared, uint32.
 * Scaling:  the square root's error is at most 1.5 * sqrt(2) * 2^-up from the samples, and 2^-13 of itself; the result is
 *           rounded down. The frequency is off by less than 2^-15 of itself (kappa has 15 bits or more after its first).
 * Overflow: none: |X| <= samples * 2^15, thus power <= 2^31. */
uint32_t dsp_goertzel_power(const dsp_goertzel_t *self);

#endif
