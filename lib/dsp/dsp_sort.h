/* Sorting a few values. */
#ifndef DSP_SORT_H
#define DSP_SORT_H

#include <stdint.h>

/* Puts values[0 .. count - 1] in rising order by insertion: about count^2 / 4 steps, so for a few dozen at most.
 * Format:   int16.
 * Scaling:  none.
 * Overflow: none: values are only compared and moved. */
void dsp_sort(int16_t values[], uint8_t count);

#endif
