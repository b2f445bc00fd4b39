/* Mel-frequency cepstral coefficients: the logarithms of the bands stand in the frame's own memory. */
#include "dsp_mfcc.h"

bool dsp_mfcc(const ROM dsp_logmel_t *logmel, const ROM dsp_dct_t *dct, int16_t x[], int16_t out[])
{
    if (dct->length != logmel->bands->bands || !dsp_logmel(logmel, x, x)) {
        return false;
    }
    dsp_dct(dct, x, out);
    return true;
}
