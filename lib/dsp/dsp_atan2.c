/* Angle of a vector by CORDIC. */
#include "dsp_atan2.h"

#include "cpu.h"
#include "rom.h"

enum { STEPS = 16 };

/* atan(2^-i), 2^32 a turn. */
static const ROM uint32_t ANGLES[STEPS] = {536870912u, 316933406u, 167458907u, 85004756u, 42667331u, 21354465u, 10679838u, 5340245u, 2670163u, 1335087u, 667544u, 333772u, 166886u, 83443u, 41722u, 20861u};

HOT int16_t dsp_atan2(int32_t y, int32_t x)
{
    uint32_t across = x < 0 ? 0u - (uint32_t)x : (uint32_t)x, up = y < 0 ? 0u - (uint32_t)y : (uint32_t)y;
    uint32_t angle = 0;
    int32_t a, b;

    if ((across | up) == 0u) {
        return 0;
    }
    while ((across | up) >= 0x20000000u) {
        across >>= 1;
        up >>= 1;
    }
    while ((across | up) < 0x00200000u) {
        across <<= 8;
        up <<= 8;
    }
    while ((across | up) < 0x10000000u) {
        across <<= 1;
        up <<= 1;
    }
    a = (int32_t)across;
    b = (int32_t)up;
    for (uint8_t i = 0; i < STEPS; i++) {
        const int32_t of_a = a >> i, of_b = b >> i;

        if (b > 0) {
            a += of_b;
            b -= of_a;
            angle += ANGLES[i];
        } else {
            a -= of_b;
            b += of_a;
            angle -= ANGLES[i];
        }
    }
    angle = x < 0 ? 0x80000000u - angle : angle;
    angle = y < 0 ? 0u - angle : angle;
    return (int16_t)(uint16_t)((angle + 0x8000u) >> 16);
}
