/* All sums of a block in one pass. */
#include "dsp_sums.h"

#include "cpu.h"

HOT void dsp_sums(const int16_t x[], uint16_t n, uint8_t stride, dsp_sums_t *out)
{
    uint64_t energy = 0;
    int32_t sum = 0, positive = 0, rise = 0, first, last, min, max;

    out->n = n = n > DSP_SUMS_MAX ? DSP_SUMS_MAX : n;
    if (n == 0u) {
        out->energy = 0;
        out->sum = 0;
        out->magnitude = out->jerk = 0;
        out->min = out->max = 0;
        return;
    }
    stride = stride == 0u ? 1u : stride;
    first = last = min = max = x[0];
    for (uint32_t i = 0; n != 0u; n--, i += stride) {
        const int32_t now = x[i];

        sum += now;
        positive += now > 0 ? now : 0;
        rise += now > last ? now - last : 0;
        min = now < min ? now : min;
        max = now > max ? now : max;
        energy += (uint32_t)(now * now);
        last = now;
    }
    out->energy = energy;
    out->sum = sum;
    out->magnitude = (uint32_t)(2 * positive - sum);
    out->jerk = (uint32_t)(2 * rise - (last - first));
    out->min = (int16_t)min;
    out->max = (int16_t)max;
}
