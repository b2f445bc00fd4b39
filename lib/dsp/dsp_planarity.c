/* Eigenvalues of three axes, and two measures of them. */
#include "dsp_planarity.h"

#include "dsp_isqrt64.h"
#include "dsp_ratio.h"

enum { SWEEPS = 4 };

static int32_t times_q30(int32_t a, int32_t b)
{
    return (int32_t)(((int64_t)a * b + (1L << 29)) >> 30);
}

/* Turns the plane of the axes p and q so that their element becomes 0. across[k] is the element of the two axes that are not k. */
static void rotate(int32_t along[3], int32_t across[3], uint8_t p, uint8_t q)
{
    const uint8_t r = (uint8_t)(3u - p - q);

    if (along[p] < along[q]) { /* the larger first: the angle is then at most an eighth of a turn */
        const uint8_t swap = p;
        p = q;
        q = swap;
    }
    int64_t half = ((int64_t)along[p] - along[q]) / 2, element = across[r];
    uint8_t up = 0;
    if (half == 0 && element == 0) {
        return;
    }
    while (half < 1L << 28 && element < 1L << 28 && element > -(1L << 28)) { /* small ones give an angle as exact as large ones */
        half *= 2;
        element *= 2;
        up++;
    }
    const int64_t radius = (int64_t)dsp_isqrt64((uint64_t)(half * half + element * element));
    const int64_t double_q30 = half * (1L << 30) / radius;
    const int32_t cos_q30 = (int32_t)dsp_isqrt64((uint64_t)((1L << 30) + double_q30) << 29);
    const int32_t sin_q30 = (int32_t)(element * (1L << 29) / radius * (1L << 30) / cos_q30);
    const int32_t middle = (int32_t)(((int64_t)along[p] + along[q]) >> 1), with_p = across[q], with_q = across[p];

    along[p] = (int32_t)(middle + (radius >> up));
    along[q] = (int32_t)(middle - (radius >> up));
    across[r] = 0;
    across[q] = times_q30(cos_q30, with_p) + times_q30(sin_q30, with_q);
    across[p] = times_q30(cos_q30, with_q) - times_q30(sin_q30, with_p);
}

int8_t dsp_planarity_eigenvalues(const int32_t matrix[6], int32_t values[3])
{
    int32_t across[3] = {matrix[5], matrix[4], matrix[3]};
    uint32_t sizes = 0;
    int8_t shift = 0;

    for (uint8_t i = 0; i < 6u; i++) {
        sizes |= matrix[i] < 0 ? 0u - (uint32_t)matrix[i] : (uint32_t)matrix[i];
    }
    for (; sizes >= 0x20000000u; sizes >>= 1) {
        shift--;
    }
    for (; sizes != 0u && sizes < 0x10000000u; sizes <<= 1) {
        shift++;
    }
    for (uint8_t i = 0; i < 3u; i++) {
        values[i] = shift < 0 ? matrix[i] >> -shift : matrix[i] * ((int32_t)1 << shift);
        across[i] = shift < 0 ? across[i] >> -shift : across[i] * ((int32_t)1 << shift);
    }
    for (uint8_t i = 0; i < SWEEPS; i++) {
        rotate(values, across, 0, 1);
        rotate(values, across, 0, 2);
        rotate(values, across, 1, 2);
    }
    for (uint8_t i = 0; i < 3u; i++) { /* three exchanges sort three values */
        const uint8_t at = i & 1u;
        const int32_t first = values[at];

        if (first < values[at + 1u]) {
            values[at] = values[at + 1u];
            values[at + 1u] = first;
        }
    }
    return shift;
}

int16_t dsp_planarity_q15(const int32_t values[3])
{
    const int32_t whole = values[0] / 2 + values[1] / 2, least = values[2] > 0 ? values[2] : 0;

    return dsp_ratio_q15(whole - least, whole);
}

int16_t dsp_planarity_line_q15(const int32_t values[3])
{
    const int32_t others = values[1] / 2 + (values[2] > 0 ? values[2] / 2 : 0);

    return dsp_ratio_q15(values[0] - others, values[0]);
}
