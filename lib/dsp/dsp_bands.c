/* Triangular filter banks: one multiply a bin, and nothing of the spectrum's powers is stored. */
#include "dsp_bands.h"

#include "cpu.h"
#include "dsp_bands_between.h"
#include "dsp_log2.h"

enum { SILENCE_Q8 = -(int16_t)DSP_BANDS_SILENCE_Q8 };

/* Where a walk over the bins stands. */
typedef struct {
    const int16_t *pair;
    const ROM uint16_t *rising_q16;
    const ROM uint16_t *count;
    uint32_t below; /* what the band whose centre comes next has below it */
} walk_t;

/* To the next centre: the energy of the band that ends there. */
static inline __attribute__((always_inline)) uint32_t next(walk_t *walk)
{
    const uint16_t count = *walk->count++;
    const uint32_t below = walk->below;
    const uint32_t total = dsp_bands_between(walk->pair, walk->rising_q16, count, &walk->below);

    walk->pair += 2u * count;
    walk->rising_q16 += count;
    return below + (total - walk->below);
}

static inline __attribute__((always_inline)) walk_t start(const ROM dsp_bands_t *bands, const int16_t x[])
{
    walk_t walk = {&x[2u * bands->first], bands->rising_q16, bands->counts, 0};

    (void)next(&walk);
    return walk;
}

HOT void dsp_bands_energy(const ROM dsp_bands_t *bands, const int16_t x[], uint32_t energy[])
{
    walk_t walk = start(bands, x);

    for (uint32_t *const end = &energy[bands->bands]; energy < end; energy++) {
        *energy = next(&walk);
    }
}

HOT void dsp_bands_log2(const ROM dsp_bands_t *bands, const int16_t x[], int8_t shift, int16_t log_q8[])
{
    const int16_t taken_q8 = (int16_t)(512 * (shift < -15 ? -15 : shift > 30 ? 30 : shift));
    walk_t walk = start(bands, x);

    for (int16_t *const end = &log_q8[bands->bands]; log_q8 < end; log_q8++) {
        const uint32_t energy = next(&walk);
        const int16_t said_q8 = (int16_t)((dsp_log2_q10(energy) >> 2) - taken_q8);
        *log_q8 = energy == 0u || said_q8 < SILENCE_Q8 ? SILENCE_Q8 : said_q8;
    }
}
