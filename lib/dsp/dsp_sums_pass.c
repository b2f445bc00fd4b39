/* The pass over a block: sums, and the positive parts of the samples and of the steps. */
#include "cpu.h"
#include "dsp_sums.h"

#if !defined(CPU_THUMB1) && !defined(CPU_SIMD)
HOT void dsp_sums_pass(const int16_t x[], uint16_t n, uint8_t stride, dsp_sums_t *out)
{
    uint64_t energy = 0;
    int32_t sum = 0, positive = 0, rise = 0, last = x[0], min = last, max = last;

    for (uint32_t i = 0; n != 0u; n--, i += stride) {
        const int32_t now = x[i], step = now - last;

        if (step > 0) { /* it cannot be a new minimum */
            rise += step;
            max = now > max ? now : max;
        } else {
            min = now < min ? now : min;
        }
        positive += now > 0 ? now : 0;
        sum += now;
        energy += (uint32_t)(now * now);
        last = now;
    }
    out->energy = energy;
    out->sum = sum;
    out->magnitude = (uint32_t)positive;
    out->jerk = (uint32_t)rise;
    out->min = (int16_t)min;
    out->max = (int16_t)max;
}
#endif
