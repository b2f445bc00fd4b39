/* Windows for spectral frames, applied in place. */
#ifndef DSP_WINDOW_H
#define DSP_WINDOW_H

#include <stdint.h>

#include "dsp_rfft.h"
#include "rom.h"

/* Periodic windows of the plan's length n: x[i] *= w(i), with w from the FFT's own table of cosines, so without a table
 * (Harris, On the use of windows for harmonic analysis with the DFT, Proc. IEEE 66/1, 1978). */

/* w(i) = 0.5 - 0.5 cos(2 pi i / n).
 * Format:   int16 in, int16 out, in the unit of the input.
 * Scaling:  x * w, rounded; absolute error below 1: half a step of the output and half a step of w in Q15.
 * Overflow: none for any input: 0 <= w <= 1. */
void dsp_window_hann(const ROM dsp_rfft_t *plan, int16_t x[]);

/* w(i) = 0.54 - 0.46 cos(2 pi i / n).
 * Format:   int16 in, int16 out, in the unit of the input.
 * Scaling:  x * w, rounded; absolute error below 1.6: half a step of the output and a step of w in Q15.
 * Overflow: none for any input: 0 < w <= 1. */
void dsp_window_hamming(const ROM dsp_rfft_t *plan, int16_t x[]);

#endif
