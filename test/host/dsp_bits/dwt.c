/* The wavelet transform and back, and the energy of its bands. */
#include "bits.h"
#include "dsp_dwt.h"

enum { SMALL = 64, LARGE = sizeof(int) > 2u ? 1024 : SMALL }; /* the small chip has no room, and no use, for more */

static int16_t x[SMALL], out[SMALL];
static uint32_t energy[8];

static void both(int16_t block[], uint16_t n, uint8_t levels, int16_t coefficients[])
{
    (void)dsp_dwt_haar(block, n, levels, coefficients);
    tell(coefficients, n * sizeof(*coefficients));
    (void)dsp_dwt_haar_energy(coefficients, n, levels, energy);
    tell(energy, (levels + 1u) * sizeof(*energy));
    (void)dsp_dwt_haar_inverse(coefficients, n, levels, block);
    tell(block, n * sizeof(*block));
    (void)dsp_dwt_d4(block, n, levels, coefficients);
    tell(coefficients, n * sizeof(*coefficients));
    (void)dsp_dwt_d4_energy(coefficients, n, levels, energy);
    tell(energy, (levels + 1u) * sizeof(*energy));
    (void)dsp_dwt_d4_inverse(coefficients, n, levels, block);
    tell(block, n * sizeof(*block));
    fill(block, n, NOISE); /* coefficients that no samples have: they saturate */
    (void)dsp_dwt_d4_inverse(block, n, levels, coefficients);
    tell(coefficients, n * sizeof(*coefficients));
}

static void large(void)
{
    static int16_t large_x[LARGE + 1], large_out[LARGE + 1];

    for (uint8_t kind = 0; kind < KINDS; kind++) { /* also from odd places: pairs that lie across words */
        int16_t *block = large_x + (kind & 1u), *coefficients = large_out + (kind >> 1 & 1u);

        fill(block, LARGE, kind);
        both(block, LARGE, 7, coefficients);
        told();
    }
}

void bits(void)
{
    for (uint8_t kind = 0; kind < KINDS; kind++) {
        for (uint8_t levels = 1; levels <= 6u; levels++) {
            fill(x, SMALL, kind);
            both(x, (uint16_t)(1u << levels), levels, out);
            fill(x, SMALL, kind);
            both(x, SMALL, levels, out);
        }
        told();
    }
    if (!bits_small()) {
        large();
    }
}
