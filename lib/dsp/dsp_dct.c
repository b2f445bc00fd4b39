/* Discrete cosine transform: folded once, then a sum of products for each coefficient. */
#include "dsp_dct.h"

#include "cpu.h"

static int16_t held(int32_t value)
{
    return (int16_t)(value > 16383 ? 16383 : value < -16384 ? -16384 : value);
}

HOT void dsp_dct(const ROM dsp_dct_t *dct, int16_t x[], int16_t out[])
{
    const uint16_t half = dct->length / 2u;
    const uint16_t upper = (uint16_t)(dct->length - half);
    const ROM int16_t *cosine_q15 = dct->cosines_q15;

    for (uint16_t n = 0; n < half; n++) {
        const uint16_t mirror = (uint16_t)(dct->length - 1u - n);
        const int32_t low = x[n];
        const int32_t high = x[mirror];
        x[n] = held(low + high);
        x[mirror] = held(high - low);
    }
    if (half != upper) {
        x[half] = held(x[half]);
    }
    for (uint16_t k = 0; k < dct->coefficients; k++) {
        const int16_t *at = k % 2u == 0u ? x : &x[upper];
        const int16_t *const end = k % 2u == 0u ? &x[upper] : &x[dct->length];
        int32_t sum = 0x4000;
        while (at < end) {
            sum += (int32_t)*at++ * *cosine_q15++;
        }
        sum >>= 15;
        out[k] = (int16_t)(sum > INT16_MAX ? INT16_MAX : sum < INT16_MIN ? INT16_MIN : sum);
    }
}
