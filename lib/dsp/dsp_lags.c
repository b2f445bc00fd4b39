/* Autocorrelation sums. The line is short, so moving it is cheaper than a ring's index arithmetic. */
#include "dsp_lags.h"

#include <string.h>

void dsp_lags_push(int16_t line[][3], int32_t sum[], uint8_t lags, const int16_t x[3])
{
    memmove(line[1], line[0], (size_t)(lags - 1u) * sizeof(line[0]));
    memcpy(line[0], x, sizeof(line[0]));
    for (uint8_t lag = 0; lag < lags; lag++) {
        for (uint8_t i = 0; i < 3u; i++) {
            sum[lag] += (int32_t)x[i] * line[lag][i];
        }
    }
}
