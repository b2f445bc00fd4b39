/* Pitch, roll and inclination. */
#include "dsp_tilt.h"

#include "dsp_atan2.h"
#include "dsp_isqrt64.h"

/* sqrt(a^2 + b^2) with 15 bits of fraction. */
static int32_t length_q15(int16_t a, int16_t b)
{
    const uint32_t squares = (uint32_t)((int32_t)a * a) + (uint32_t)((int32_t)b * b);

    return (int32_t)dsp_isqrt64((uint64_t)squares << 30);
}

void dsp_tilt(int16_t x, int16_t y, int16_t z, dsp_tilt_t *out)
{
    const int16_t inclination = dsp_atan2(length_q15(x, y), z * 0x8000L);

    out->pitch = dsp_atan2(x * -0x8000L, length_q15(y, z));
    out->roll = dsp_atan2(y, z);
    out->inclination = inclination < 0 ? INT16_MAX : inclination;
}
