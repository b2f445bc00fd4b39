/* Min and max. */
#include "dsp_range.h"

#include "cpu.h"
#include "dsp_sums.h"

HOT uint16_t dsp_range(const int16_t x[], uint16_t n, uint8_t stride, int16_t out[2])
{
    int32_t min = n == 0u ? 0 : x[0], max = min;

    n = n > DSP_SUMS_MAX ? DSP_SUMS_MAX : n;
    stride = stride == 0u ? 1u : stride;
    for (uint32_t i = 0; n != 0u; n--, i += stride) {
        min = x[i] < min ? x[i] : min;
        max = x[i] > max ? x[i] : max;
    }
    out[0] = (int16_t)min;
    out[1] = (int16_t)max;
    return (uint16_t)(max - min);
}
