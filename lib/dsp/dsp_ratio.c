/* The ratio of two integers, by long division: no 64-bit arithmetic and no divide instruction needed. */
#include "dsp_ratio.h"

int16_t dsp_ratio_q15(int32_t part, int32_t whole)
{
    uint32_t rest = part < 0 ? 0u - (uint32_t)part : (uint32_t)part;
    uint32_t divisor = (uint32_t)whole;
    int16_t ratio_q15 = 0;

    if (whole <= 0) {
        return 0;
    }
    if (rest >= divisor) {
        return part < 0 ? -32767 : 32767;
    }
    for (uint8_t bit = 0; bit < 15u; bit++) {
        rest *= 2u;
        ratio_q15 = (int16_t)(ratio_q15 * 2);
        if (rest >= divisor) {
            rest -= divisor;
            ratio_q15++;
        }
    }
    return part < 0 ? (int16_t)-ratio_q15 : ratio_q15;
}
