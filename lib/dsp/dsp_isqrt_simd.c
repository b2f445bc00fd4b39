/* dsp_isqrt for cores that divide: Newton's iteration from above, about 40 instructions. */
#include "cpu.h"
#include "dsp_isqrt.h"

#ifdef CPU_SIMD
uint16_t dsp_isqrt(uint32_t value)
{
    uint32_t root = value == 0u ? 0u : 1ul << ((33u - (uint32_t)__builtin_clz(value)) / 2u), next = root;

    /* From at or above the root it falls until it is the floor: H. Cohen, A Course in Computational Algebraic Number Theory,
     * algorithm 1.7.1. */
    while (next != 0u && (next = (root + value / root) / 2u) < root) {
        root = next;
    }
    return (uint16_t)root;
}
#endif
