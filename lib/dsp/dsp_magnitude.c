/* Lengths of vectors. */
#include "dsp_magnitude.h"

#include "dsp_isqrt.h"

uint16_t dsp_magnitude(int16_t x, int16_t y, int16_t z)
{
    return dsp_isqrt((uint32_t)((int32_t)x * x) + (uint32_t)((int32_t)y * y) + (uint32_t)((int32_t)z * z));
}

void dsp_magnitude_block(const int16_t frames[][3], uint16_t n, uint16_t out[])
{
    for (uint16_t i = 0; i < n; i++) {
        out[i] = dsp_magnitude(frames[i][0], frames[i][1], frames[i][2]);
    }
}
