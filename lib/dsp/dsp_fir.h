/* Filters of finite impulse response on 16-bit samples. */
#ifndef DSP_FIR_H
#define DSP_FIR_H

#include <stdint.h>

#include "rom.h"

#define DSP_FIR_HEAD 5u /* numbers of a design before its taps */

typedef struct {
    int32_t *line;            /* the caller's: the past and a block, as the core likes to keep them */
    const ROM int32_t *taps;  /* the caller's: two in a word */
    int32_t start;            /* of the sum of the outer taps: a half, and minus what the core's form of samples adds */
    int32_t start_inner;      /* of the sum of the inner taps */
    uint16_t count;           /* taps, even */
    uint16_t block;           /* samples that `line` takes at once, at least 1 */
    uint16_t inner;           /* the first of the inner taps */
    uint16_t inner_end;       /* the first behind them */
    uint8_t shift;            /* inner taps are Q(shift) */
    uint8_t fine;             /* outer taps are Q(shift + fine) */
} dsp_fir_t;

/* Silence before the first sample. A design, from fieldmouse.design.filters (fir, remez, fir_taps), is a row of int32:
 * the number of taps (even, a zero for the oldest sample where it would be odd), shift (1 ... 30), fine (0 ... 7), the first
 * of the inner taps and the first behind them (both even), and the taps, the one for the oldest sample first, two in a
 * word. The inner taps, which are large, are Q(shift), the outer ones Q(shift + fine). `line` has place for
 * (taps + block + 1) / 2 words; a longer block takes fewer instructions a sample. A block of 0 is taken as 1. */
void dsp_fir_init(dsp_fir_t *self, const ROM int32_t *design, int32_t line[], uint16_t block);

/* Filters n samples, any number; `in` and `out` may be the same array, else they do not overlap. One call equals any
 * number of calls on parts: out[i] = sum of tap[k] * in[i - k]. The outer taps are summed up first, then that sum is shifted
 * to the inner taps' format: so only few large taps are rounded to it. (Oppenheim & Schafer, 6.5, for the direct form.)
 * Format:   int16 in and out, the gain is the design's; taps Q15 and finer, as large as they and their sum allow.
 * Scaling:  out is the sum with the quantised taps, rounded to nearest: 1/2 + 2^-15. The design states what the taps'
 *           rounding adds at most (`error`).
 * Overflow: none inside, for any int16 samples: the outer and the whole sum of |taps|, each in its format, times 32768, and
 *           the half stay below 2^31, which the design tool guarantees or refuses. `out` saturates, where the sum does not
 *           fit int16. */
void dsp_fir(dsp_fir_t *self, const int16_t in[], int16_t out[], uint16_t n);

#endif
