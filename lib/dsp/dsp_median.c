/* The middle of a few values, which get sorted. */
#include "dsp_median.h"

#include "dsp_sort.h"

int16_t dsp_median(int16_t values[], uint8_t count)
{
    dsp_sort(values, count);
    return count == 0u ? 0 : values[(count - 1u) / 2u];
}
