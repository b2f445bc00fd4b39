/* Sums of products, for any core. */
#include "dsp_dot.h"

#include <stddef.h>

#include "cpu.h"

#if !defined(CPU_SIMD) && !defined(CPU_THUMB1)

/* One index for both rows: on a core whose loads move no pointer a product costs least so. */
HOT int32_t dsp_dot(const int16_t a[], const int16_t b[], uint16_t n)
{
    int32_t sum = 0;

    for (size_t i = 0; i != n; i++) {
        sum += (int32_t)a[i] * b[i];
    }
    return sum;
}

/* Two sums of 32 bits make one of 46: of the products modulo 2^32, and of their upper halves. The latter times 2^16 is below
 * the whole by less than n * 2^16 <= 2^32, so that the former tells which number it is. */
HOT int64_t dsp_dot_wide(const int16_t a[], const int16_t b[], uint16_t n)
{
    uint32_t modulo = 0;
    int32_t upper = 0;
    int64_t below;

    for (size_t i = 0; i != n; i++) {
        const int32_t product = (int32_t)a[i] * b[i];

        modulo += (uint32_t)product;
        upper += product >> 16;
    }
    below = (int64_t)upper * 65536;
    return below + (uint32_t)(modulo - (uint32_t)below);
}

#endif
