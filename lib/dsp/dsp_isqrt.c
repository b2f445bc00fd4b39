/* Integer square root, one bit a step, without multiplying. */
#include "dsp_isqrt.h"

#include "cpu.h"

#ifndef CPU_SIMD
uint16_t dsp_isqrt(uint32_t value)
{
    uint32_t root = 0;

    for (uint32_t bit = 0x40000000u; bit != 0u; bit >>= 2) {
        if (value >= root + bit) {
            value -= root + bit;
            root = (root >> 1) + bit;
        } else {
            root >>= 1;
        }
    }
    return (uint16_t)root;
}
#endif
