/* Triangular filter banks: one multiply a bin, and nothing of the spectrum's powers is stored. */
#include "dsp_bands.h"

#include "cpu.h"
#include "dsp_log2.h"

/* Where a walk over the bins stands; dsp_bands_thumb1.S knows this order. */
typedef struct {
    const int16_t *pair;            /* the next bin */
    const ROM uint16_t *rising_q16; /* its weight */
    const ROM uint16_t *count;      /* bins to the next centre */
    uint32_t below;                 /* the energy that the band of the next centre has below it */
} walk_t;

/* Walks to the next centre and returns the energy of the band of the last one, which ends there. */
#ifdef CPU_THUMB1
uint32_t dsp_bands_next(walk_t *walk);
#else
static inline __attribute__((always_inline)) uint32_t dsp_bands_next(walk_t *walk)
{
    uint32_t energy = walk->below;
    uint32_t rising = 0;

    for (const ROM uint16_t *const end = walk->rising_q16 + *walk->count++; walk->rising_q16 != end;) {
        const uint32_t power = cpu_power(walk->pair);
        energy += power;
        rising += cpu_part_q16(power, *walk->rising_q16++);
        walk->pair += 2;
    }
    walk->below = rising;
    return energy - rising;
}

#endif

static inline __attribute__((always_inline)) walk_t start(const ROM dsp_bands_t *bands, const int16_t x[])
{
    walk_t walk = {&x[2u * bands->first], bands->rising_q16, bands->counts, 0};

    (void)dsp_bands_next(&walk);
    return walk;
}

HOT void dsp_bands_energy(const ROM dsp_bands_t *bands, const int16_t x[], uint32_t energy[])
{
    walk_t walk = start(bands, x);

    for (uint32_t *const end = &energy[bands->bands]; energy < end; energy++) {
        *energy = dsp_bands_next(&walk);
    }
}

HOT void dsp_bands_log2(const ROM dsp_bands_t *bands, const int16_t x[], int8_t shift, int16_t log_q8[])
{
    const int16_t taken_q8 = (int16_t)(512 * (shift < -15 ? -15 : shift > 15 ? 15 : shift));
    walk_t walk = start(bands, x);

    for (int16_t *const end = &log_q8[bands->bands]; log_q8 < end; log_q8++) {
        *log_q8 = (int16_t)((dsp_log2_q10(dsp_bands_next(&walk)) >> 2) - taken_q8);
    }
}
