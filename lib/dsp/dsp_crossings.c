/* Crossings of a level, one comparison a sample. */
#include "dsp_crossings.h"

#include <stdbool.h>

#include "dsp_sums.h"

uint16_t dsp_crossings(const int16_t x[], uint16_t n, uint8_t stride, int16_t level, uint16_t hysteresis)
{
    uint16_t crossings = 0;
    bool above = n != 0u && x[0] >= level;

    n = n > DSP_SUMS_MAX ? DSP_SUMS_MAX : n;
    stride = stride == 0u ? 1u : stride;
    for (uint32_t i = 0; n != 0u; n--, i += stride) {
        const int32_t threshold = (int32_t)level + (above ? -(int32_t)hysteresis : (int32_t)hysteresis);

        if ((x[i] >= threshold) != above) {
            above = !above;
            crossings++;
        }
    }
    return crossings;
}
