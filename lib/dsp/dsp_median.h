/* The middle of a few values: what a feature was most of the time, whatever single events did. */
#ifndef DSP_MEDIAN_H
#define DSP_MEDIAN_H

#include <stdint.h>

/* The lower median of values[0 .. count - 1], which are put in rising order on the way. 0 of none; few (count^2 / 4 steps).
 * Format:   int16 in and out.
 * Scaling:  none; one of the values is returned.
 * Overflow: none: values are only compared and moved. */
int16_t dsp_median(int16_t values[], uint8_t count);

#endif
