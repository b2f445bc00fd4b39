/* Discrete wavelet transform: levels one after another, from fine to coarse and back. */
#include "dsp_dwt.h"

#include <string.h>

#include "cpu.h"
#include "dsp_dwt_level.h"

static bool fits(uint16_t n, uint8_t levels)
{
    return n >= 2u && (n & (n - 1u)) == 0u && levels >= 1u && levels <= 15u && (n >> levels) != 0;
}

bool dsp_dwt_haar(int16_t x[], uint16_t n, uint8_t levels, int16_t out[])
{
    if (!fits(n, levels)) {
        return false;
    }
    for (; levels > 0u; levels--, n /= 2u) {
        dsp_dwt_level_haar(x, n, &out[n / 2u]);
    }
    memcpy(out, x, n * sizeof(*out));
    return true;
}

bool dsp_dwt_d4(int16_t x[], uint16_t n, uint8_t levels, int16_t out[])
{
    uint8_t halve = 1;

    if (!fits(n, levels)) {
        return false;
    }
    for (; levels > 0u; levels--, n /= 2u) {
        dsp_dwt_level_d4(x, n, halve, &out[n / 2u]);
        halve = 0;
    }
    memcpy(out, x, n * sizeof(*out));
    return true;
}

static int16_t held(int32_t value)
{
    return (int16_t)(value > INT16_MAX ? INT16_MAX : value < INT16_MIN ? INT16_MIN : value);
}

/* A level's approximations become twice as many from the last to the first: pair k overwrites nothing that those before
 * it need. Level 1's output is the samples. */
bool dsp_dwt_haar_inverse(const int16_t coefficients[], uint16_t n, uint8_t levels, int16_t x[])
{
    if (!fits(n, levels)) {
        return false;
    }
    memcpy(x, coefficients, (size_t)(n >> levels) * sizeof(*x));
    for (; levels > 0u; levels--) {
        const uint16_t half = (uint16_t)(n >> levels);

        for (uint16_t k = half; k-- > 0u;) {
            const int32_t a = x[k], d = coefficients[half + k];

            x[2u * k] = held(a + d);
            x[2u * k + 1u] = held(a - d);
        }
    }
    return true;
}

/* The transpose of the level's taps, times two (or four at level 1, where they were halved):
 *     x[2k]   = 2 (a / 2 - (d + d') / 4 + kappa (a + d - a' - d')),   a', d' = a[k-1], d[k-1]
 *     x[2k+1] = 2 (d / 2 + (a + a') / 4 + kappa (d - a - d' + a')),   a', d' = a[k+1], d[k+1] */
HOT static void join(const int16_t detail[], uint16_t half, uint8_t shift, int16_t x[])
{
    const int32_t rounding = (int32_t)1 << (shift - 1u);
    const int32_t last = x[half - 1u];
    int32_t a_after = x[0], d_after = detail[0];
    int32_t a = last, d = detail[half - 1u];

    for (uint16_t k = half; k-- > 0u;) {
        const int32_t a_before = k > 0u ? x[k - 1u] : last;
        const int32_t d_before = detail[k > 0u ? k - 1u : half - 1u];

        x[2u * k] = held((DSP_DWT_KAPPA * (a + d - a_before - d_before) + 8192 * (2 * a - d - d_before) + rounding)
                         >> shift);
        x[2u * k + 1u] = held((DSP_DWT_KAPPA * (d - a - d_after + a_after) + 8192 * (2 * d + a + a_after) + rounding)
                              >> shift);
        a_after = a;
        d_after = d;
        a = a_before;
        d = d_before;
    }
}

bool dsp_dwt_d4_inverse(const int16_t coefficients[], uint16_t n, uint8_t levels, int16_t x[])
{
    if (!fits(n, levels)) {
        return false;
    }
    memcpy(x, coefficients, (size_t)(n >> levels) * sizeof(*x));
    for (; levels > 0u; levels--) {
        const uint16_t half = (uint16_t)(n >> levels);

        join(&coefficients[half], half, levels == 1u ? 13u : 14u, x);
    }
    return true;
}

static bool energies(const int16_t coefficients[], uint16_t n, uint8_t levels, uint8_t gain_bits, uint32_t energy[])
{
    uint16_t count;

    if (!fits(n, levels)) {
        return false;
    }
    count = (uint16_t)(n >> levels);
    for (uint8_t band = 0; band <= levels; band++) {
        uint64_t sum = 0;
        uint8_t bits = 0;

        for (uint16_t i = 0; i < count; i++) {
            sum += (uint32_t)((int32_t)*coefficients * *coefficients);
            coefficients++;
        }
        while (count >> bits != 1) {
            bits++;
        }
        sum = (sum << gain_bits) >> bits;
        energy[band] = sum > UINT32_MAX ? UINT32_MAX : (uint32_t)sum;
        count = (uint16_t)(band == 0u ? count : 2u * count);
    }
    return true;
}

bool dsp_dwt_haar_energy(const int16_t coefficients[], uint16_t n, uint8_t levels, uint32_t energy[])
{
    return energies(coefficients, n, levels, 0, energy);
}

bool dsp_dwt_d4_energy(const int16_t coefficients[], uint16_t n, uint8_t levels, uint32_t energy[])
{
    return energies(coefficients, n, levels, 2, energy);
}
