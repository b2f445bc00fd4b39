/* A FIR filter of which every so-manyth output is computed: fewer samples without aliases. */
#ifndef DSP_FIR_DECIMATE_H
#define DSP_FIR_DECIMATE_H

#include <stdint.h>

#include "dsp_fir.h"

typedef struct {
    dsp_fir_t fir;
    uint16_t factor; /* samples for one output, at least 1 */
    uint16_t skip;   /* samples to come before the next output's */
} dsp_fir_decimate_t;

/* As dsp_fir_init; the first output is at the first sample, then one at every factor-th. A factor of 0 is taken as 1. */
void dsp_fir_decimate_init(
    dsp_fir_decimate_t *self, const ROM int32_t *design, uint16_t factor, int32_t line[], uint16_t block
);

/* Filters n samples, any number, and returns how many outputs it wrote: at most (n + factor - 1) / factor. `in` and `out`
 * may be the same array, else they do not overlap. One call equals any number of calls on parts.
 * Format:   as dsp_fir: out[j] is its out[j * factor].
 * Scaling:  as dsp_fir.
 * Overflow: as dsp_fir. */
uint16_t dsp_fir_decimate(dsp_fir_decimate_t *self, const int16_t in[], int16_t out[], uint16_t n);

#endif
