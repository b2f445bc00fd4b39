/* Goertzel's recursion in 32 bits; its products of 32 x 16 bits are made of two of 16 x 16. */
#include "dsp_goertzel.h"

#include <stdbool.h>

#include "cpu.h"

enum { SAMPLES, UP, KAPPA, KAPPA_BITS, SINE, SINE_BITS, GAIN, GAIN_BITS, FLIP };

/* a * b / 2^14 for |a| <= 2^29, b <= 2^15, rounded. */
static int32_t times_q14(int32_t a, uint16_t b)
{
    return (a >> 14) * (int32_t)b + (int32_t)(((uint32_t)(a & 0x3FFF) * b + 0x2000u) >> 14);
}

/* a / 2^bits, rounded. */
static int32_t halved(int32_t a, uint8_t bits)
{
    return bits > 0u ? ((a >> (bits - 1u)) + 1) >> 1 : a;
}

void dsp_goertzel_init(dsp_goertzel_t *self, const ROM int16_t *design)
{
    self->design = design;
    self->sum = 0;
    self->slope = 0;
    self->left = (uint16_t)design[SAMPLES];
}

HOT uint16_t dsp_goertzel_push(dsp_goertzel_t *self, const int16_t in[], uint16_t n)
{
    const ROM int16_t *design = self->design;
    const uint16_t kappa = (uint16_t)design[KAPPA], taken = n < self->left ? n : self->left;
    const uint8_t bits = (uint8_t)design[KAPPA_BITS] & 31u;
    const int8_t up = (int8_t)design[UP];
    const int32_t factor = up >= 0 ? (int32_t)1 << (up & 15) : 1;
    const uint8_t down = up >= 0 ? 0u : (uint8_t)-up & 15u;
    int32_t sign = factor, sum = self->sum, slope = self->slope;
    const bool flip = design[FLIP] != 0;

    if (flip && ((uint16_t)design[SAMPLES] - self->left) % 2u != 0u) {
        sign = -sign;
    }
    for (uint16_t i = 0; i < taken; i++) {
        slope += halved(in[i] * sign, down) - halved(times_q14(sum, kappa), bits);
        sum += slope;
        sign = flip ? -sign : sign;
    }
    self->sum = sum;
    self->slope = slope;
    self->left = (uint16_t)(self->left - taken);
    return taken;
}

static uint32_t amount(int32_t a)
{
    return a < 0 ? 0u - (uint32_t)a : (uint32_t)a;
}

uint32_t dsp_goertzel_power(const dsp_goertzel_t *self)
{
    const ROM int16_t *design = self->design;
    const int32_t before = self->sum - self->slope;
    const int32_t versine = halved(times_q14(before, (uint16_t)design[KAPPA]), (uint8_t)((design[KAPPA_BITS] & 31) + 1));
    uint32_t re = amount(self->slope + versine);
    uint32_t im = amount(halved(times_q14(before, (uint16_t)design[SINE]), (uint8_t)design[SINE_BITS] & 31u));
    int8_t down = 0;

    if ((re | im) == 0u) {
        return 0;
    }
    for (; (re | im) >= 0x8000u; down++) { /* both to 15 bits */
        re >>= 1;
        im >>= 1;
    }
    for (; (re | im) < 0x4000u; down--) {
        re <<= 1;
        im <<= 1;
    }
    const uint32_t square = re * re + im * im; /* 2^28 ... 2^31 */
    const uint16_t gain = (uint16_t)design[GAIN];
    const uint32_t scaled = (square >> 16) * gain + (((square & 0xFFFFu) * gain) >> 16);
    const int16_t right = (int16_t)(design[GAIN_BITS] + 2 * design[UP] - 2 * down);

    return right >= 32 ? 0u : right >= 0 ? scaled >> right : right > -5 ? scaled << -right : UINT32_MAX;
}
