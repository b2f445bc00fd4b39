/* Sorting a few values by insertion. */
#include "dsp_sort.h"

#include "cpu.h"

HOT void dsp_sort(int16_t values[], uint8_t count)
{
    for (uint8_t i = 1; i < count; i++) {
        const int16_t value = values[i];
        uint8_t hole = i;

        while (hole > 0u && values[hole - 1u] > value) {
            values[hole] = values[hole - 1u];
            hole--;
        }
        values[hole] = value;
    }
}
