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

/* log2(1 + i / 32) in Q16, rounded down, and in the upper half how far it is to the next. */
static const ROM uint32_t chords_q16[32] = {
    0x0B5D0000, 0x0B060B5D, 0x0AB51663, 0x0A682118, 0x0A1E2B80, 0x09DA359E, 0x09983F78, 0x09594910, 0x091F5269,
    0x08E65B88, 0x08B1646E, 0x087E6D1F, 0x084D759D, 0x081E7DEA, 0x07F18608, 0x07C78DF9, 0x079D95C0, 0x07769D5D,
    0x0751A4D3, 0x072CAC24, 0x0708B350, 0x06E8BA58, 0x06C7C140, 0x06A7C807, 0x068ACEAE, 0x066CD538, 0x0650DBA4,
    0x0635E1F4, 0x061BE829, 0x0602EE44, 0x05E9F446, 0x05D1FA2F
};

HOT int16_t dsp_log2_q10(uint32_t value)
{
    if (value == 0u) {
        return 0;
    }
    const uint8_t zeros = cpu_clz(value);
    const uint32_t fraction = (value << zeros) << 1; /* of the mantissa, Q32 */
    const uint32_t chord = chords_q16[fraction >> 27];
    const uint32_t along_q16 = (fraction >> 11) & 0xFFFFu;
    const uint32_t log_q16 = (chord & 0xFFFFu) + (((chord >> 16) * along_q16) >> 16);

    return (int16_t)((31 - zeros) * 1024 + (int32_t)(log_q16 >> 6));
}
