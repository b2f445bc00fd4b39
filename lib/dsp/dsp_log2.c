/* Binary logarithm, twice: each bit of the fraction by squaring the mantissa, and by a table of chords. */
#include "dsp_log2.h"

#include "cpu.h"
#include "rom.h"

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

/* log2(1 + i / 32) in Q16, rounded down; the last entry is 2^16 as its lower half. */
static const ROM uint16_t chords_q16[33] = {
    0, 2909, 5731, 8472, 11136, 13726, 16248, 18704, 21097, 23432, 25710, 27935, 30109, 32234, 34312, 36345,
    38336, 40285, 42195, 44068, 45904, 47704, 49472, 51207, 52910, 54584, 56228, 57844, 59433, 60996, 62534,
    64047, 0
};

HOT int16_t dsp_log2_q10(uint32_t value)
{
    if (value == 0u) {
        return 0;
    }
    const uint8_t zeros = cpu_clz(value);
    const uint32_t fraction = (value << zeros) << 1; /* of the mantissa, Q32 */
    const uint8_t chord = (uint8_t)(fraction >> 27);
    const uint32_t along_q16 = (fraction >> 11) & 0xFFFFu;
    const uint32_t start = chords_q16[chord];
    const uint32_t climb = (chords_q16[chord + 1u] - start) & 0xFFFFu;

    return (int16_t)((31 - zeros) * 1024 + (int32_t)((start + ((climb * along_q16) >> 16)) >> 6));
}
