/* The inner loop of dsp_bands.c, which one core has in assembly (dsp_bands_between_thumb1.S). Not for callers. */
#ifndef DSP_BANDS_BETWEEN_H
#define DSP_BANDS_BETWEEN_H

#include <stdint.h>

#include "rom.h"

/* The power of `count` bins, pairs of int16, from `pair` on; *rising is what goes to the band above them by their weights.
 * x and weights need no alignment beyond their own. */
uint32_t dsp_bands_between(const int16_t *pair, const ROM uint16_t *rising_q16, uint16_t count, uint32_t *rising);

#endif
