/* Filters of finite impulse response on 16-bit samples. */
#ifndef DSP_FIR_H
#define DSP_FIR_H

#include <stdint.h>

#include "rom.h"

#define DSP_FIR_HEAD 2u /* numbers of a design before its taps */

typedef struct {
    int16_t *line;             /* the caller's taps - 1 + block numbers: the past first, as the core likes to keep it */
    const ROM int16_t *design; /* the caller's */
    uint16_t block;            /* samples that `line` takes at once, at least 1 */
} dsp_fir_t;

/* Silence before the first sample. A design, from fieldmouse.design.filters (fir, taps), is a row of int16: the number of
 * taps (at least 1), shift (1 ... 30), and the taps in Q(shift), the one for the oldest sample first. `line` has place for
 * taps - 1 + block numbers; a longer block takes fewer instructions a sample. A block of 0 is taken as 1. */
void dsp_fir_init(dsp_fir_t *self, const ROM int16_t *design, int16_t line[], uint16_t block);

/* Filters n samples, any number; `in` and `out` may be the same array, else they do not overlap. One call equals any
 * number of calls on parts: out[i] = sum of tap[k] * in[i - k]. (Oppenheim & Schafer, 6.5.)
 * Format:   int16 in and out, the gain is the design's; taps Q15, or more where they are small.
 * Scaling:  out is the sum with the quantised taps, exactly, rounded to nearest: 1/2. The design states what the taps'
 *           rounding adds at most (`tap_error` * 32768).
 * Overflow: none inside, for any int16 samples, while sum of |taps| * 32768 + 2^(shift - 1) < 2^31, which the design tool
 *           guarantees or refuses. `out` saturates, where the sum does not fit int16. */
void dsp_fir(dsp_fir_t *self, const int16_t in[], int16_t out[], uint16_t n);

#endif
