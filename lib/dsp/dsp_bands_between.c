/* The inner loop of the filter banks in portable C: the powers of bins, and their parts of a band. */
#include "dsp_bands_between.h"

#include "cpu.h"

#ifndef CPU_THUMB1

HOT uint32_t dsp_bands_between(const int16_t *pair, const ROM uint16_t *rising_q16, uint16_t count, uint32_t *rising)
{
    uint32_t total = 0;
    uint32_t part = 0;

    for (; count > 0u; count--) {
        const uint32_t power = cpu_power(pair);
        total += power;
        part += cpu_part_q16(power, *rising_q16++);
        pair += 2;
    }
    *rising = part;
    return total;
}

#endif
