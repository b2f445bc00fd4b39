/* Power by frequency from an autocorrelation. */
#include "dsp_spectrum.h"

#include "rom.h"

#define PERIOD 50u /* entries in a full turn */

/* hann(l) = (1 + cos(pi l / 13)) / 2 in Q15, l = 1 ... 12. */
static const ROM int16_t hann_q15[DSP_SPECTRUM_LAGS - 1u] = {
    32292, 30891, 28648, 25691, 22194, 18359, 14409, 10574, 7077, 4120, 1877, 476
};

/* cos(2 pi i / 50) in Q12, half a turn; the other half mirrors it. */
static const ROM int16_t cosine_q12[PERIOD / 2u + 1u] = {
    4096, 4064, 3967, 3808, 3589, 3314, 2986, 2611, 2195, 1744, 1266, 768, 257,
    -257, -768, -1266, -1744, -2195, -2611, -2986, -3314, -3589, -3808, -3967, -4064, -4096
};

void dsp_spectrum(const int16_t rho_q15[DSP_SPECTRUM_LAGS], int16_t power_q10[DSP_SPECTRUM_BINS])
{
    int16_t weighted_q15[DSP_SPECTRUM_LAGS - 1u];

    for (uint8_t i = 0; i < DSP_SPECTRUM_LAGS - 1u; i++) {
        weighted_q15[i] = (int16_t)(((int32_t)rho_q15[i + 1u] * hann_q15[i]) >> 15);
    }
    for (uint8_t bin = 0; bin < DSP_SPECTRUM_BINS; bin++) {
        int32_t sum_q27 = 0;
        uint8_t angle = 0;

        for (uint8_t i = 0; i < DSP_SPECTRUM_LAGS - 1u; i++) {
            angle = (uint8_t)(angle + bin);
            if (angle >= PERIOD) {
                angle = (uint8_t)(angle - PERIOD);
            }
            sum_q27 += (int32_t)weighted_q15[i] * cosine_q12[angle <= PERIOD / 2u ? angle : PERIOD - angle];
        }
        /* Twice the sum, from Q27 to Q10. */
        power_q10[bin] = (int16_t)(1024 + (sum_q27 >> 16));
    }
}
