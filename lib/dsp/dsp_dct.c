/* Discrete cosine transform: folded once, then a sum of products for each coefficient. */
#include "dsp_dct.h"

#include <stdbool.h>
#include <stddef.h>

#include "cpu.h"

static inline int16_t held(int32_t value)
{
    return (int16_t)(value > 16383 ? 16383 : value < -16384 ? -16384 : value);
}

/* x[n] and its mirror as their sum and their difference. */
static void fold(int16_t x[], uint16_t length)
{
    int16_t *high = x + length;

    for (uint16_t pairs = length / 2u; pairs > 0u; pairs--, x++) {
        const int32_t sum = (int32_t)*x + *--high;
        const int32_t difference = (int32_t)*high - *x;
        *x = held(sum);
        *high = held(difference);
    }
    if (length % 2u != 0u) {
        *x = held(*x);
    }
}

static HOT int32_t products(const int16_t x[], const ROM int16_t cosines_q15[], size_t n)
{
    int32_t sum = 0x4000; /* half a step */

    for (size_t i = 0; i != n; i++) {
        sum += (int32_t)x[i] * cosines_q15[i];
    }
    return sum >> 15;
}

void dsp_dct(const ROM dsp_dct_t *dct, int16_t x[], int16_t out[])
{
    const uint16_t lower = (uint16_t)(dct->length - dct->length / 2u);
    const ROM int16_t *cosines_q15 = dct->cosines_q15;

    fold(x, dct->length);
    for (uint16_t k = 0; k < dct->coefficients; k++) {
        const bool odd = k % 2u != 0u;
        const uint16_t n = odd ? (uint16_t)(dct->length / 2u) : lower;
        const int32_t sum = products(odd ? &x[lower] : x, cosines_q15, n);
        out[k] = (int16_t)(sum > INT16_MAX ? INT16_MAX : sum < INT16_MIN ? INT16_MIN : sum);
        cosines_q15 += n;
    }
}
