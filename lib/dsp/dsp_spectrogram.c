/* A spectrogram: overlapping frames, the logarithms of their bands, a gate, a level. */
#include "dsp_spectrogram.h"

static int16_t held(int16_t value_q8)
{
    return (int16_t)(value_q8 < -8192 ? -8192 : value_q8 > 8191 ? 8191 : value_q8);
}

bool dsp_spectrogram_init(dsp_spectrogram_t *self, const ROM dsp_logmel_t *logmel, int16_t store[], uint16_t hop,
                          int16_t gate_q8, uint8_t level)
{
    const bool fits = dsp_logmel_fits(logmel) && level <= DSP_SPECTROGRAM_PEAK;

    self->logmel = logmel;
    self->gate_q8 = held(gate_q8);
    self->level = level;
    self->silent = true;
    return dsp_frames_init(&self->frames, store, logmel->rfft->n, fits ? hop : 0u);
}

/* Lifts each band to the gate and says what is to be taken off. */
static int16_t gated(dsp_spectrogram_t *self, int16_t log_q8[], uint16_t bands)
{
    int32_t sum = 0;
    int16_t most = self->gate_q8;

    for (uint16_t band = 0; band < bands; band++) {
        if (log_q8[band] < self->gate_q8) {
            log_q8[band] = self->gate_q8;
        } else if (log_q8[band] > most) {
            most = log_q8[band];
        }
        sum += log_q8[band];
    }
    self->silent = most == self->gate_q8;
    if (self->level == DSP_SPECTROGRAM_MEAN) {
        int32_t mean = sum / bands; /* once a frame */
        return (int16_t)(mean * bands > sum ? mean - 1 : mean);
    }
    return self->level == DSP_SPECTROGRAM_PEAK ? most : 0;
}

bool dsp_spectrogram_push(dsp_spectrogram_t *self, const int16_t **samples, uint16_t *n, int16_t x[])
{
    const uint16_t bands = self->logmel->bands->bands;

    if (!dsp_frames_push(&self->frames, samples, n, x)) {
        return false;
    }
    (void)dsp_logmel(self->logmel, x, x);
    const int16_t off_q8 = gated(self, x, bands);
    for (uint16_t band = 0; band < bands; band++) {
        x[band] = (int16_t)(x[band] - off_q8);
    }
    return true;
}
