/* Triangular filter banks over a spectrum: mel, linear or any list of frequencies that rise
 * (fieldmouse/design/bands.py). */
#ifndef DSP_BANDS_H
#define DSP_BANDS_H

#include <stdint.h>

#include "rom.h"

/* A bank over the bins of one FFT length, made by fieldmouse.design.bands. Band b rises from the centre of the band
 * below it to its own and falls to that of the band above, so a bin between two centres gives a part to the one and the
 * rest to the other. */
typedef struct {
    uint16_t length;                /* N of the FFT: 4 or more */
    uint16_t first;                 /* the first bin that counts: 1 ... N/2 - 1 */
    uint16_t bands;                 /* 1 ... N/2 - 1 */
    const ROM uint16_t *counts;     /* [bands + 1]: bins below the first centre, between each two, above the last */
    const ROM uint16_t *rising_q16; /* [sum of counts]: a bin's part of the band whose centre is above; the rest is the other's */
} dsp_bands_t;

/* The energy of each band of a spectrum as dsp_rfft_q15 leaves it: Re 0, Re N/2, Re 1, Im 1, ... Bins 0 and N/2, which
 * share the first pair, are in no band.
 * x:        int16 [N]. energy: uint32 [bands], elsewhere.
 * Format:   int16 in, uint32 out; weights Q16.
 * Scaling:  out = sum of weight * (Re^2 + Im^2): steps of x squared; too low by less than 1 a bin. What a bin gives to
 *           two bands adds up to its power exactly.
 * Overflow: none for the spectrum of an FFT that divides by N: by Parseval the powers of all bins add up to the mean
 *           square of the samples, 2^30 at most, beside the FFT's rounding; no weight is above 1, so no band holds more
 *           than all bins. For other arrays x: none while the sum of all powers is below 2^32, modulo 2^32 beyond. */
void dsp_bands_energy(const ROM dsp_bands_t *bands, const int16_t x[], uint32_t energy[]);

/* log2 of each band's energy for a spectrum that stands at 2^shift times its value: what was shifted is taken off
 * again.
 * x:        int16 [N]. log_q8: int16 [bands]; may be x itself.
 * shift:    -15 ... 15 (held to that).
 * Format:   int16 in, Q8 out: -7680 ... 15871.
 * Scaling:  out = 256 * (log2(max(energy, 1)) - 2 * shift): log2 of steps of the samples squared; at most 1.4 steps
 *           below the logarithm of the energy as dsp_bands_energy has it, never above. No energy reads as one step
 *           squared: less was not seen.
 * Overflow: none: log2 is 0 ... 31.99 and the shift takes or adds 30; the energy as above. */
void dsp_bands_log2(const ROM dsp_bands_t *bands, const int16_t x[], int8_t shift, int16_t log_q8[]);

#endif
