/* A frame of samples as the logarithms of its bands' energies, at any level. */
#ifndef DSP_LOGMEL_H
#define DSP_LOGMEL_H

#include <stdbool.h>
#include <stdint.h>

#include "dsp_bands.h"
#include "dsp_rfft.h"
#include "rom.h"

/* Windows: mean - (1 - mean) cos(2 pi n / N), periodic (Harris, Proc. IEEE 66/1, 1978, 5.C and 5.D). */
#define DSP_LOGMEL_HANN 16384u    /* 0.5 */
#define DSP_LOGMEL_HAMMING 17695u /* 0.54 */
#define DSP_LOGMEL_NONE 32768u    /* all ones */

/* Which transform, bands and window; made by hand from a plan and a bank. */
typedef struct {
    const ROM dsp_rfft_t *rfft;
    const ROM dsp_bands_t *bands;
    uint16_t mean_q15; /* of the window, 16384 ... 32768: one of the above */
} dsp_logmel_t;

/* Whether the bands are those of the transform's length and the window is one. */
bool dsp_logmel_fits(const ROM dsp_logmel_t *logmel);

/* log2 of the energy that each band has in a windowed frame. The frame is shifted up until its largest sample fills
 * int16 and only then windowed and transformed, so that a quiet one loses nothing; the shift is taken off the
 * logarithms.
 * x:        int16 [N], used up. log_q8: int16 [bands]; may be x itself.
 * Returns:  false, with nothing done, unless dsp_logmel_fits.
 * Format:   int16 in, Q8 out: -7680 (silence) ... 7680.
 * Scaling:  out = 256 * log2(sum of weight * |X|^2), X = sum of window * x * exp(-2 pi i k n / N) / N: steps of x,
 *           squared. What 16 bits inside see ends at 2^-21 of the square of the frame's largest |x|. Bands of that
 *           energy and more are good to 0.35 in log2 units, half of them to 0.03 (measured over sines, sweeps, noise,
 *           impulses, square waves and steps at all levels). A band below it reads at most 0.35 above 2^-21 of the
 *           peak's square, and need not be right; it never reads below 2^-2s, where s is the shift: less was not seen.
 * Overflow: none for any x: shifted up, x stays in int16; a window is at most 1; dsp_rfft_q15 takes any int16; the rest
 *           as in dsp_bands_log2. */
bool dsp_logmel(const ROM dsp_logmel_t *logmel, int16_t x[], int16_t log_q8[]);

#endif
