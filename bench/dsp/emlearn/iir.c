/* emlearn's cascade of biquads, float, sample by sample as it offers it. */
#include "eml_iir.h"

#include "case.h"

float input[N]; /* filtered in place */
static const float coefficients[] = COEFFICIENTS;
static float state[4 * SECTIONS];
static const EmlIIR filter = {SECTIONS, state, 4 * SECTIONS, coefficients, 6 * SECTIONS};

void setup(void) {
    for (int i = 0; i < 4 * SECTIONS; i++) {
        state[i] = 0.0f;
    }
}

void run(void) {
    for (int i = 0; i < N; i++) {
        input[i] = eml_iir_filter(filter, input[i]);
    }
}
