/* Binary logarithm: the exponent by shifting, each bit of the fraction by squaring the mantissa. */
#include "dsp_log2.h"

int16_t dsp_log2_q8(uint32_t value)
{
    uint8_t exponent = 31;
    uint32_t mantissa_q15;
    int16_t log_q8;

    if (value == 0u) {
        return 0;
    }
    while ((value & 0x80000000u) == 0u) {
        value <<= 1;
        exponent--;
    }
    mantissa_q15 = value >> 16;
    log_q8 = exponent;
    for (uint8_t bit = 0; bit < 8u; bit++) {
        mantissa_q15 = (mantissa_q15 * mantissa_q15) >> 15;
        log_q8 = (int16_t)(log_q8 * 2);
        if (mantissa_q15 >= 0x10000u) {
            mantissa_q15 >>= 1;
            log_q8++;
        }
    }
    return log_q8;
}
