/* Block floating point. Shifts of negative numbers are arithmetic on all our compilers. */
#include "dsp_blockfloat.h"

uint8_t dsp_blockfloat_pack(const int32_t in[], int16_t mantissa[], uint8_t count)
{
    uint32_t bits = 0;
    uint8_t shift = 0;

    for (uint8_t i = 0; i < count; i++) {
        bits |= (uint32_t)(in[i] < 0 ? -in[i] : in[i]);
    }
    while ((bits >> shift) > 0x7FFFu) {
        shift++;
    }
    for (uint8_t i = 0; i < count; i++) {
        mantissa[i] = (int16_t)(in[i] >> shift);
    }
    return shift;
}

void dsp_blockfloat_add(int32_t total[], uint8_t *total_shift, const int16_t mantissa[], uint8_t shift, uint8_t count)
{
    uint8_t down_total = 0, down_new = 0;

    if (shift > *total_shift) {
        down_total = (uint8_t)(shift - *total_shift);
        *total_shift = shift;
    } else {
        down_new = (uint8_t)(*total_shift - shift);
    }
    for (uint8_t i = 0; i < count; i++) {
        total[i] = (total[i] >> down_total) + ((int32_t)mantissa[i] >> down_new);
    }
}
