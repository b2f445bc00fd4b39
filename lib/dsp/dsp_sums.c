/* All sums of a block. */
#include "dsp_sums.h"

void dsp_sums(const int16_t x[], uint16_t n, uint8_t stride, dsp_sums_t *out)
{
    n = n > DSP_SUMS_MAX ? DSP_SUMS_MAX : n;
    stride = stride == 0u ? 1u : stride;
    out->energy = 0;
    out->sum = 0;
    out->magnitude = out->jerk = 0;
    out->min = out->max = 0;
    out->n = n;
    if (n != 0u) {
        const int32_t gain = (int32_t)x[(n - 1ul) * stride] - x[0];

        dsp_sums_pass(x, n, stride, out);
        out->magnitude = (uint32_t)(2 * (int32_t)out->magnitude - out->sum);
        out->jerk = (uint32_t)(2 * (int32_t)out->jerk - gain);
    }
}
