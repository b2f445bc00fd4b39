/* One level of a wavelet transform, in place: where the time goes, with a file of its own for cores that take pairs. */
#ifndef DSP_DWT_LEVEL_H
#define DSP_DWT_LEVEL_H

#include <stdint.h>

/* (sqrt 3 - 1) / 8 in Q15. With q = 1/4 the taps h / sqrt 2 are q + k, 2 q + k, q - k, -k: in Q15 they are integers whose
 * sum is 1, whose details of a constant and of a ramp are 0, and two multiplications a level's pair suffice. */
#define DSP_DWT_KAPPA 2998

/* Overwrites x[0 ... n/2 - 1] with the approximations and writes n / 2 details; n is even and at least 2, and the details
 * do not overlap with x.
 * Format:   int16 in, int16 out.
 * Scaling:  (x[2k] + x[2k+1]) / 2 and (x[2k] - x[2k+1]) / 2, rounded down.
 * Overflow: none for any input. */
void dsp_dwt_level_haar(int16_t x[], uint16_t n, int16_t detail[]);

/* The same with the taps h / sqrt 2 of D4, and halved once more where `halve` is 1 (0 or 1, nothing else).
 * Format:   int16 in, int16 out.
 * Scaling:  rounded to nearest, halves up.
 * Overflow: none with `halve`; without it, none for |x| <= 27,600: the taps' absolute values sum to 1.1831. */
void dsp_dwt_level_d4(int16_t x[], uint16_t n, uint8_t halve, int16_t detail[]);

#endif
