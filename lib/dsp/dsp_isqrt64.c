/* Integer square root of 64 bits: two halves of the root, the second by division. */
#include "dsp_isqrt64.h"

#include "dsp_isqrt.h"

uint32_t dsp_isqrt64(uint64_t value)
{
    uint32_t high = (uint32_t)(value >> 32), low = (uint32_t)value, root, rest, part;
    uint8_t down = 0;

    if (high == 0u) {
        return dsp_isqrt(low);
    }
    while (high < 0x40000000u) { /* the method needs a bit among the highest two */
        high = high << 2 | low >> 30;
        low <<= 2;
        down++;
    }
    root = dsp_isqrt(high);
    rest = high - root * root; /* at most 2 * root */
    part = (rest << 15 | low >> 17) / root; /* at most 2^16 */
    rest = ((rest << 16) + (low >> 16)) - 2u * part * root; /* below 2 * root, so right although the terms may wrap */
    root = (root << 16) + part;
    if (((uint64_t)rest << 16 | (low & 0xFFFFu)) < (uint64_t)part * part) {
        root--;
    }
    return root >> down;
}
