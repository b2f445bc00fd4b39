/* Sums of products of three axes. */
#include "cpu.h"
#include "dsp_covariance.h"

#ifndef CPU_THUMB1
HOT void dsp_covariance_products(const int16_t frames[][3], uint16_t n, int64_t out[3])
{
    int64_t xy = 0, xz = 0, yz = 0;

    n = n > DSP_SUMS_MAX ? DSP_SUMS_MAX : n;
    for (uint16_t i = 0; i < n; i++) {
        const int32_t x = frames[i][0], y = frames[i][1], z = frames[i][2];

        xy += x * y;
        xz += x * z;
        yz += y * z;
    }
    out[0] = xy;
    out[1] = xz;
    out[2] = yz;
}
#endif
