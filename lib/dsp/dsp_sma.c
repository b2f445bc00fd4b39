/* Signal magnitude area. */
#include "dsp_sma.h"

uint32_t dsp_sma_of(uint32_t magnitude, uint16_t n)
{
    const uint32_t count = n == 0u ? 1u : n;

    return (magnitude / count << 4) + ((magnitude % count << 4) + count / 2u) / count;
}

uint32_t dsp_sma_q4(const int16_t frames[][3], uint16_t n)
{
    uint32_t magnitude = 0;

    n = n > DSP_SUMS_MAX ? DSP_SUMS_MAX : n;
    for (uint16_t i = 0; i < n; i++) {
        for (uint8_t axis = 0; axis < 3u; axis++) {
            const int32_t value = frames[i][axis];

            magnitude += (uint32_t)(value < 0 ? -value : value);
        }
    }
    return dsp_sma_of(magnitude, n);
}
