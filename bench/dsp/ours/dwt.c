/* Our wavelet transform of three axes, one after the other. */
#include "case.h"
#include "dsp_dwt.h"

int16_t input[AXES][N], output[AXES][N];

void setup(void) {}

void run(void) {
    for (int i = 0; i < AXES; i++) {
        (void)TRANSFORM(input[i], N, LEVELS, output[i]);
    }
}
