/* The middle of a few values, by insertion sort. */
#include "dsp_median.h"

int16_t dsp_median(int16_t values[], uint8_t count)
{
    for (uint8_t i = 1; i < count; i++) {
        int16_t value = values[i];
        uint8_t hole = i;

        while (hole > 0u && values[hole - 1u] > value) {
            values[hole] = values[hole - 1u];
            hole--;
        }
        values[hole] = value;
    }
    return values[(count - 1u) / 2u];
}
