/* emlearn's log-mel frame, float. Its melspectrogram as it is; or its FFT and its sparse bank of filters, with the
 * window a table and the power made here from both parts, since emlearn's drops the imaginary one. */
#include <math.h>

#include "eml_audio.h"

#include "case.h"

float input[N];
static float other[N];

#ifdef MELSPECTROGRAM
static float sines[N / 2], cosines[N / 2];
static const EmlFFT plan = {N / 2, sines, cosines};
static const EmlAudioMel mel = {BANDS, LOW_HZ, HIGH_HZ, N, RATE_HZ};

void setup(void) { (void)eml_fft_fill(plan, N); }

void run(void) {
    const EmlVector inout = {input, N}, scratch = {other, N};
    (void)eml_audio_melspectrogram(mel, plan, inout, scratch);
    for (int i = 0; i < BANDS; i++) {
        input[i] = log2f(input[i] + TINY);
    }
}
#else
static const float sines[N / 2] = SINES, cosines[N / 2] = COSINES, window[N] = WINDOW, weights[] = WEIGHTS;
static const int first[BANDS] = FIRST, last[BANDS] = LAST;
static const EmlFFT plan = {N / 2, (float *)sines, (float *)cosines}; /* it only reads them */

void setup(void) {}

void run(void) {
    for (int i = 0; i < N; i++) {
        input[i] *= window[i];
        other[i] = 0.0f;
    }
    (void)eml_fft_forward(plan, input, other, N);
    for (int i = 0; i <= N / 2; i++) {
        other[i] = input[i] * input[i] + other[i] * other[i];
    }
    (void)eml_sparse_filterbank(other, input, BANDS, first, last, weights);
    for (int i = 0; i < BANDS; i++) {
        input[i] = log2f(input[i] + TINY);
    }
}
#endif
