/* The part of the FIR filters that a core may have in its own form. */
#ifndef DSP_FIR_CORE_H
#define DSP_FIR_CORE_H

#include <stdint.h>

#include "dsp_fir.h"

/* What the core adds to each sample in a line. */
int32_t dsp_fir_core_bias(void);

/* Copies n samples into a line, which begins there on a word. */
void dsp_fir_core_load(int32_t *line, const int16_t *in, uint32_t n);

/* Moves n samples of a line to its start, from `by` samples further on. */
void dsp_fir_core_move(int32_t *line, uint32_t by, uint32_t n);

/* n outputs (0 or more): the sum over the taps from sample `first` of the line on, then from `hop` samples further. */
void dsp_fir_core_run(const dsp_fir_t *self, uint32_t first, int16_t *out, uint32_t n, uint32_t hop);

#endif
