/* Integer square root, one bit a step, without multiplying. */
#include "dsp_isqrt.h"

#include "cpu.h"

#if !defined(CPU_SIMD) && !defined(CPU_THUMB1)
uint16_t dsp_isqrt(uint32_t value)
{
    uint32_t root = 0;

    for (uint32_t bit = 0x40000000u; bit != 0u; bit >>= 2) {
        const uint32_t trial = root + bit;

        root >>= 1;
        if (value >= trial) {
            value -= trial;
            root += bit;
        }
    }
    return (uint16_t)root;
}
#endif
