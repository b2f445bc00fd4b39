/* Mel-frequency cepstral coefficients of a frame: the shape of its spectrum in a few numbers. */
#ifndef DSP_MFCC_H
#define DSP_MFCC_H

#include <stdbool.h>
#include <stdint.h>

#include "dsp_dct.h"
#include "dsp_logmel.h"

/* The cosine transform of dsp_logmel (Davis and Mermelstein, IEEE Trans. ASSP 28/4, 1980, with log2 of energies instead
 * of their log10).
 * x:        int16 [N], used up. out: int16 [coefficients of dct], elsewhere.
 * Returns:  false, with nothing done, where the bands do not fit the transform of either side.
 * Format:   int16 in; out as dsp_dct makes it of Q8: Q8 up to 16 bands, Q7 up to 64, Q6 beyond, of the orthonormal form
 *           in units of log2.
 * Scaling:  the error of dsp_logmel, which the orthonormal transform turns but does not enlarge, and that of dsp_dct.
 * Overflow: none: the logarithms are -7680 ... 7680, within DSP_DCT_LIMIT. */
bool dsp_mfcc(const ROM dsp_logmel_t *logmel, const ROM dsp_dct_t *dct, int16_t x[], int16_t out[]);

#endif
