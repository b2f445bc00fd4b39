/* Half the samples: a half-band filter and every second output, of which most taps are zero or come in pairs. */
#ifndef DSP_HALFBAND_H
#define DSP_HALFBAND_H

#include <stdint.h>

#include "rom.h"

typedef struct {
    int16_t *line;             /* the caller's 4 * pairs - 2 + block samples, the past first */
    const ROM int16_t *design; /* the caller's */
    uint16_t block;            /* samples that `line` takes at once, at least 1 */
    uint16_t skip;             /* 1 while the next sample has no output */
} dsp_halfband_t;

/* Silence before the first sample. A design, from fieldmouse.design.filters.halfband, is a row of int16: the number of
 * pairs of taps (at least 1), then one tap of each pair, Q15, from the ends of the filter to its middle; the tap in the
 * middle is 1/2. `line` has place for 4 * pairs - 2 + block samples. A block of 0 is taken as 1. */
void dsp_halfband_init(dsp_halfband_t *self, const ROM int16_t *design, int16_t line[], uint16_t block);

/* Filters n samples, any number, and returns how many outputs it wrote: at most (n + 1) / 2, the first at the first sample.
 * `in` and `out` may be the same array, else they do not overlap. One call equals any number of calls on parts. The delay
 * is 2 * pairs - 1 samples of `in`. (Crochiere & Rabiner, Multirate Digital Signal Processing, 4.1.3 on half-band filters.)
 * Format:   int16 in and out, gain 1 at frequency 0.
 * Scaling:  out is the sum with the quantised taps, exactly, rounded to nearest: 1/2.
 * Overflow: none inside, for any int16 samples, while 2 * sum of |taps| + 2^14 <= 65,535 (the sum then stays below 2^31, and
 *           a pair times its tap, at most 65,536 * |tap|, too), which the design tool guarantees. `out` saturates, where
 *           the sum does not fit int16. */
uint16_t dsp_halfband(dsp_halfband_t *self, const int16_t in[], int16_t out[], uint16_t n);

#endif
