/* Integer square root of 64 bits: two halves of the root, the second by division. */
#include "dsp_isqrt64.h"

#include "dsp_isqrt.h"

uint32_t dsp_isqrt64(uint64_t value)
{
    uint32_t high = (uint32_t)(value >> 32), low = (uint32_t)value;
    uint8_t down = 0;

    if (high == 0u) {
        return dsp_isqrt(low);
    }
    for (uint8_t step = 16; step >= 2u; step >>= 1) { /* the method needs a bit among the highest two */
        if (high >> (32u - step) == 0u) {
            high = high << step | low >> (32u - step);
            low <<= step;
            down = (uint8_t)(down + step / 2u);
        }
    }
    uint32_t root = dsp_isqrt(high), rest = high - root * root;   /* at most 2 * root */
    const uint32_t part = (rest << 15 | low >> 17) / root;        /* at most 2^16 */
    rest = ((rest << 16) + (low >> 16)) - 2u * part * root;       /* below 2 * root, so right although the terms may wrap */
    root = (root << 16) + part;
    /* One too many if the rest is below part^2; a part of 2^16 always is. */
    if (part > 0xFFFFu || (rest <= 0xFFFFu && (rest << 16 | (low & 0xFFFFu)) < part * part)) {
        root--;
    }
    return root >> down;
}
