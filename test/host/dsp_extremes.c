/* Prints the features of recordings that no cow makes, for dsp_test.py: full scale, silence, noise, at 10 and 50 Hz. */
#include <stdio.h>
#include <stdlib.h>

#include "cattle_features.h"

enum { RECORDINGS = 14, BLOCKS = 20 };

static uint32_t noise_state;

static uint32_t noise(void)
{
    noise_state = noise_state * 1664525u + 1013904223u; /* Numerical Recipes, 7.1 */
    return noise_state >> 16;
}

/* Channel `axis` of frame `at` of a recording. */
static int16_t sample(int recording, uint32_t at, uint32_t axis)
{
    static const uint32_t half_periods[] = {1, 2, 3, 5, 6, 11, 25, 50};

    switch (recording) {
    case 0:
        return 0;
    case 1:
        return INT16_MAX;
    case 2:
        return INT16_MIN;
    case 3:
        return (int16_t)((int32_t)noise() - 32768);
    case 4:
        return noise() % 2u == 0u ? INT16_MAX : -INT16_MAX;
    case 5: /* a single blow in silence */
        return at == 777u ? INT16_MIN : 0;
    default: /* an axis at half the size and against the others */
        at = at / half_periods[recording - 6] + (axis == 2u ? 1u : 0u);
        return at % 2u == 0u ? (int16_t)(axis == 0u ? INT16_MAX / 2 : INT16_MAX) : INT16_MIN;
    }
}

int main(void)
{
    for (uint16_t rate_hz = 10; rate_hz <= 50u; rate_hz = (uint16_t)(rate_hz + 40u)) {
        for (int recording = 0; recording < RECORDINGS; recording++) {
            /* From the heap, each of its own size, so that a sanitizer sees a step beyond. */
            cattle_features_t *features = malloc(sizeof(*features));
            int16_t *vector = malloc(CATTLE_FEATURES * sizeof(*vector));
            int16_t *frame = malloc(3 * sizeof(*frame));
            int blocks = 0;

            noise_state = 1;
            cattle_features_init(features, rate_hz);
            for (uint32_t at = 0; blocks < BLOCKS; at++) {
                for (uint32_t axis = 0; axis < 3u; axis++) {
                    frame[axis] = sample(recording, at, axis);
                }
                if (cattle_features_push(features, frame)) {
                    blocks++;
                    cattle_features_vector(features, vector);
                    for (int i = 0; i < CATTLE_FEATURES; i++) {
                        printf("%d ", vector[i]);
                    }
                    printf("\n");
                }
            }
            free(frame);
            free(vector);
            free(features);
        }
    }
    return 0;
}
