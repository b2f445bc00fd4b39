/* The part of the FIR filters that a core may have in its own form. */
#ifndef DSP_FIR_CORE_H
#define DSP_FIR_CORE_H

#include <stdint.h>

#include "rom.h"

/* Copies n samples into a line, in the form in which the core keeps them there. */
void dsp_fir_core_load(int16_t *line, const int16_t *in, uint32_t n);

/* Moves n numbers of a line to its start, from `by` further on. */
void dsp_fir_core_move(int16_t *line, uint32_t by, uint32_t n);

/* n outputs (0 or more): the sum over the taps from `line` on, then from `hop` samples further, and so on. */
void dsp_fir_core_run(const int16_t *line, const ROM int16_t *design, int16_t *out, uint32_t n, uint32_t hop);

#endif
