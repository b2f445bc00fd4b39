/* The inputs, and the CRC of what is told. */
#include "bits.h"

#include "line_crc.h"

static uint32_t state = 1;

uint32_t random_bits(void)
{
    state ^= state << 13; /* xorshift32: Marsaglia, Journal of Statistical Software 8/14 (2003) */
    state ^= state >> 17;
    state ^= state << 5;
    return state;
}

/* A parabola through the zeros and the peak of half a sine: near enough, and exact on every core. `phase` is 2^16 a turn. */
static int16_t wave(uint16_t phase)
{
    const int32_t x = phase & 0x7FFF;
    const int32_t y = (x * (0x8000 - x)) >> 13;
    return (int16_t)(phase & 0x8000u ? -(y > 32767 ? 32767 : y) : (y > 32767 ? 32767 : y));
}

void fill(int16_t x[], uint16_t n, uint8_t kind)
{
    uint32_t phase = 0;
    for (uint16_t i = 0; i < n; i++) {
        switch (kind) {
        case HIGHEST: x[i] = INT16_MAX; break;
        case LOWEST: x[i] = INT16_MIN; break;
        case NOISE: x[i] = (int16_t)((int32_t)(random_bits() & 0xFFFFu) - 32768); break;
        case FAINT: x[i] = (int16_t)((int32_t)(random_bits() & 0x3FFu) - 512); break;
        case SQUARE: x[i] = (i / 5u) % 2u == 0u ? INT16_MAX : INT16_MIN; break;
        case IMPULSE: x[i] = i == n / 3u ? INT16_MIN : 0; break;
        case SWEEP:
            phase += 32768u * (uint32_t)i / n;
            x[i] = wave((uint16_t)phase);
            break;
        default: x[i] = 0; break;
        }
    }
}

static uint16_t crc = LINE_CRC_START;

void tell(const void *bytes, size_t size)
{
    crc = line_crc(crc, bytes, size);
}

void print_crc(uint16_t value);

void told(void)
{
    print_crc(crc);
    crc = LINE_CRC_START;
}
