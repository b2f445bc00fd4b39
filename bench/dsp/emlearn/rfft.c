/* emlearn's FFT: complex, float, N points; its tables in RAM as it fills them, or constant. */
#include "eml_fft.h"

#include "case.h"

float input[N], imaginary[N];

#ifdef CONSTANT_TABLES
static const float sines[N / 2] = SINES, cosines[N / 2] = COSINES;
static const EmlFFT plan = {N / 2, (float *)sines, (float *)cosines}; /* it only reads them */

void setup(void) {}
#else
static float sines[N / 2], cosines[N / 2];
static const EmlFFT plan = {N / 2, sines, cosines};

void setup(void) { (void)eml_fft_fill(plan, N); }
#endif

void run(void) {
    for (int i = 0; i < N; i++) {
        imaginary[i] = 0.0f;
    }
    (void)eml_fft_forward(plan, input, imaginary, N);
}
