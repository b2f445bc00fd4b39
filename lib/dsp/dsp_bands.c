/* Triangular filter banks: one multiply a bin, and nothing of the spectrum's powers is stored. */
#include "dsp_bands.h"

#include "cpu.h"
#include "dsp_log2.h"

enum { SILENCE_Q8 = -(int16_t)DSP_BANDS_SILENCE_Q8 };

/* Where a walk over the bins stands. */
typedef struct {
    const int16_t *pair;
    const ROM uint16_t *rising_q16;
    uint32_t energy; /* of the band whose centre was passed last: what it has below its centre, then all of it */
    uint32_t next;   /* of the band above it, so far */
} walk_t;

/* Over the `count` bins between two centres: completes the lower band and begins the upper one. */
static inline __attribute__((always_inline)) void between(walk_t *walk, uint16_t count)
{
    uint32_t total = 0;
    uint32_t rising = 0;

    for (; count > 0u; count--) {
        const uint32_t power = cpu_power(walk->pair);
        total += power;
        rising += cpu_part_q16(power, *walk->rising_q16);
        walk->pair += 2;
        walk->rising_q16++;
    }
    walk->energy = walk->next + (total - rising);
    walk->next = rising;
}

HOT void dsp_bands_energy(const ROM dsp_bands_t *bands, const int16_t x[], uint32_t energy[])
{
    walk_t walk = {&x[2u * bands->first], bands->rising_q16, 0, 0};

    between(&walk, bands->counts[0]);
    for (uint16_t band = 0; band < bands->bands; band++) {
        between(&walk, bands->counts[band + 1u]);
        energy[band] = walk.energy;
    }
}

HOT void dsp_bands_log2(const ROM dsp_bands_t *bands, const int16_t x[], int8_t shift, int16_t log_q8[])
{
    const int16_t taken_q8 = (int16_t)(512 * (shift < -15 ? -15 : shift > 30 ? 30 : shift));
    walk_t walk = {&x[2u * bands->first], bands->rising_q16, 0, 0};

    between(&walk, bands->counts[0]);
    for (uint16_t band = 0; band < bands->bands; band++) {
        between(&walk, bands->counts[band + 1u]);
        const int16_t said_q8 = (int16_t)((dsp_log2_q10(walk.energy) >> 2) - taken_q8);
        log_q8[band] = walk.energy == 0u || said_q8 < SILENCE_Q8 ? SILENCE_Q8 : said_q8;
    }
}
