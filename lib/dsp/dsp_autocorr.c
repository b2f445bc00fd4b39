/* Autocorrelation of a block. Lag 0 decides whether the sums of the other lags fit 32 bits while they are made. */
#include "dsp_autocorr.h"

#include "dsp_dot.h"
#include "dsp_isqrt.h"
#include "dsp_ratio.h"

static int64_t at_lag(const int16_t x[], uint16_t n, uint16_t lag, uint64_t energy)
{
    const uint16_t left = (uint16_t)(n - lag);

    return energy <= INT32_MAX ? dsp_dot(x, x + lag, left) : dsp_dot_wide(x, x + lag, left);
}

uint8_t dsp_autocorr(const int16_t x[], uint16_t n, uint16_t lags, int32_t sum[])
{
    const uint64_t energy = (uint64_t)dsp_dot_wide(x, x, n);
    uint8_t shift = 0;

    while (energy >> shift > INT32_MAX) {
        shift++;
    }
    for (uint16_t lag = 0; lag < lags; lag++) {
        sum[lag] = lag < n ? (int32_t)(at_lag(x, n, lag, energy) >> shift) : 0;
    }
    return shift;
}

static uint32_t square(int16_t x)
{
    return (uint32_t)((int32_t)x * x);
}

/* value = mantissa * 2^exponent with the mantissa's top bit set; value is not 0. */
static uint32_t normalised(uint64_t value, int8_t *exponent)
{
    uint32_t mantissa;
    int8_t shift = 0;

    while (value >> 32 != 0u) {
        value >>= 1;
        shift++;
    }
    for (mantissa = (uint32_t)value; (mantissa & 0x80000000u) == 0u; mantissa <<= 1) {
        shift--;
    }
    *exponent = shift;
    return mantissa;
}

/* sum / root(head * tail). The root has 15 bits or more; the sum is brought to its exponent, with 14 bits after the point. */
static int16_t ratio_q15(int64_t sum, uint64_t head, uint64_t tail)
{
    const uint64_t size = (uint64_t)(sum < 0 ? -sum : sum);
    int8_t head_exponent, tail_exponent, shift;
    uint32_t product, root, part;

    if (head == 0u || tail == 0u) {
        return 0;
    }
    product = (uint32_t)((uint64_t)normalised(head, &head_exponent) * normalised(tail, &tail_exponent) >> 32);
    shift = (int8_t)(head_exponent + tail_exponent + 32);
    if ((shift & 1) != 0) {
        product >>= 1;
        shift++;
    }
    root = dsp_isqrt(product);
    root += product - root * root > root ? 1u : 0u; /* to nearest */
    shift = (int8_t)(shift / 2 - 14);
    part = (uint32_t)(shift < 0 ? size << -shift : size >> shift);
    return dsp_ratio_q15(sum < 0 ? -(int32_t)part : (int32_t)part, (int32_t)(root << 14));
}

void dsp_autocorr_q15(const int16_t x[], uint16_t n, uint16_t first, uint16_t count, int16_t rho_q15[])
{
    const uint64_t energy = (uint64_t)dsp_dot_wide(x, x, n);
    uint64_t head = energy, tail = energy;
    uint16_t gone = 0; /* the lag whose segments' energies head and tail are */

    for (uint16_t i = 0; i < count; i++) {
        if (first > 65535u - i || first + i >= n) {
            rho_q15[i] = 0;
            continue;
        }
        for (; gone < first + i; gone++) {
            head -= square(x[n - 1u - gone]);
            tail -= square(x[gone]);
        }
        rho_q15[i] = ratio_q15(at_lag(x, n, gone, energy), head, tail);
    }
}
