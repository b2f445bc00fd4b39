/* Power of two: the fraction by a polynomial, the exponent by shifting. */
#include "dsp_exp2.h"

/* 2^f = 1 + f (a + f (b + f (c + f d))) in Q16: a least-maximum fit (Lawson, "Contributions to the theory of linear least
 * maximum approximation", 1961), then the integers near it that are best after the roundings below. */
enum { A = 45420, B = 15822, C = 3398, D = 896 };

uint16_t dsp_exp2_mantissa_q15(int16_t log_q10)
{
    const uint32_t f_q16 = ((uint32_t)(uint16_t)log_q10 & 1023u) << 6;
    uint32_t sum = D;

    sum = C + ((sum * f_q16 + 0x8000u) >> 16);
    sum = B + ((sum * f_q16 + 0x8000u) >> 16);
    sum = A + ((sum * f_q16 + 0x8000u) >> 16);
    return (uint16_t)(32768u + ((sum * f_q16 + 0x10000u) >> 17));
}

uint32_t dsp_exp2_q10(int16_t log_q10)
{
    const int8_t exponent = (int8_t)(log_q10 >> 10);
    const uint32_t mantissa_q15 = dsp_exp2_mantissa_q15(log_q10);

    if (exponent < -1) {
        return 0;
    }
    if (exponent >= 15) {
        return mantissa_q15 << (exponent - 15);
    }
    return ((mantissa_q15 >> (14 - exponent)) + 1u) >> 1;
}
