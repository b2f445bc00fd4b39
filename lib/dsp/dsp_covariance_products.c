/* Sums of products of three axes. */
#include "cpu.h"
#include "dsp_covariance.h"

#ifndef CPU_THUMB1
HOT void dsp_covariance_products(const int16_t frames[][3], uint16_t n, int64_t out[3])
{
    const int16_t *end = &frames[0][0] + 3ul * (n > DSP_SUMS_MAX ? DSP_SUMS_MAX : n);
    int64_t xy = 0, xz = 0, yz = 0;

    for (const int16_t *frame = &frames[0][0]; frame != end; frame += 3) {
        const int32_t x = frame[0], y = frame[1], z = frame[2];

        xy += x * y;
        xz += x * z;
        yz += y * z;
    }
    out[0] = xy;
    out[1] = xz;
    out[2] = yz;
}
#endif
