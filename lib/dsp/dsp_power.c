/* Power and magnitude of a packed spectrum. */
#include "dsp_power.h"

#include "cpu.h"
#include "dsp_isqrt.h"

static inline HOT uint32_t squares(int16_t re, int16_t im)
{
    return (uint32_t)((int32_t)re * re) + (uint32_t)((int32_t)im * im);
}

HOT void dsp_power(const int16_t x[], uint16_t n, uint32_t power[])
{
    const uint16_t last = (uint16_t)(n / 2u);

    power[0] = squares(x[0], 0);
    power[last] = squares(x[1], 0);
    for (uint16_t k = 1; k < last; k++) {
        x += 2;
        power[k] = squares(x[0], x[1]);
    }
}

void dsp_power_magnitude(const int16_t x[], uint16_t n, uint16_t magnitude[])
{
    const uint16_t last = (uint16_t)(n / 2u);

    magnitude[0] = dsp_isqrt(squares(x[0], 0));
    magnitude[last] = dsp_isqrt(squares(x[1], 0));
    for (uint16_t k = 1; k < last; k++) {
        x += 2;
        magnitude[k] = dsp_isqrt(squares(x[0], x[1]));
    }
}
