/* Cascades of second-order recursive filters on 16-bit samples, the rounding's rest fed back. */
#ifndef DSP_BIQUAD_H
#define DSP_BIQUAD_H

#include <stdint.h>

#include "rom.h"

#define DSP_BIQUAD_SECTIONS 8u /* at most in one cascade */
#define DSP_BIQUAD_HEAD 2u     /* numbers of a design before its sections */
#define DSP_BIQUAD_SECTION 6u  /* numbers of a section */

/* The memory of one section. A cascade has an array of them, one for each section. */
typedef struct {
    int32_t s1; /* what the next output gets from the past, with the rest of the last rounding: Q14 */
    int32_t s2; /* what the output after it gets */
} dsp_biquad_t;

/* A design, from fieldmouse.design.filters (butterworth, iir, sos), is a row of int16:
 *   sections (1 ... 8), up (0 ... 7), and for each section e (1 or -1), b0, b1, b2, -a1 - e, -a2, the last five in Q14.
 * Inside, the cascade runs at 2^-up of its gain; the last section gives the bits below its own output to `out`. */

/* Silence before the first sample. A state belongs to one design: another one starts with its own. */
void dsp_biquad_init(dsp_biquad_t state[], const ROM int16_t *design);

/* Filters n samples; `in` and `out` may be the same array, else they do not overlap. One call equals any number of calls
 * on parts. Each section is y = b0 x + b1 x' + b2 x'' - a1 y' - a2 y'' with error feedback of first order: a transposed
 * direct form II whose state keeps what rounding cut off, which is the same as a direct form I that adds e times it to the
 * next sum: A = e A' + b0 x + b1 x' + b2 x'' - (a1 + e) y' - a2 y'', y = A >> 14 needs no step of its own for the rest. e is
 * -1 where the poles are nearer to half the rate. (Oppenheim & Schafer, Discrete-Time Signal Processing, 6.3.4 and 6.9;
 * Dattorro, J. AES 36/11, 1988, for the feedback.)
 * Format:   int16 in and out, the gain is the design's; coefficients Q14.
 * Scaling:  the design tool chooses each section's gain. The rounding's error reaches the output through
 *           (1 - e z^-1) / A(z), without bias; the design states its bound (`noise`) and the coefficients' (`error`).
 *           After a signal has ended, a limit cycle may remain, within `noise`: in trials up to 3 steps of low and high
 *           passes, up to 25 of narrow bands about a quarter of the rate, where the feedback helps least.
 * Overflow: none inside, for any int16 samples: a design is legal when, with its quantised coefficients, each section's
 *           sum of |impulse response| * 32768 plus the noise's bound fits int16, which the design tool computes and else
 *           refuses; sums are taken modulo 2^32 and end within int32, as |y| < 2^15. Only `out` saturates, where the ideal
 *           output does not fit int16. A table that no design made, or a state of another design, gives wrong samples,
 *           not the same on every core, but nothing undefined. */
void dsp_biquad(dsp_biquad_t state[], const ROM int16_t *design, const int16_t in[], int16_t out[], uint16_t n);

#endif
