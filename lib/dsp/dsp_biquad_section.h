/* One section of a cascade over a block: the part of dsp_biquad that a core may have in its own form. */
#ifndef DSP_BIQUAD_SECTION_H
#define DSP_BIQUAD_SECTION_H

#include <stdint.h>

#include "dsp_biquad.h"

/* A section's numbers in RAM, as wide as registers. */
typedef struct {
    int32_t b0, b1, b2, a1, a2; /* a1 is -a1 - e, a2 is -a2 */
    int32_t e;                  /* 1 or -1 */
    int32_t shift;              /* of the last section: out = (sum + centre) >> shift */
    int32_t centre;
} dsp_biquad_section_t;

/* n >= 1 samples through a section whose output is the next one's input. */
void dsp_biquad_section_inner(
    dsp_biquad_t *self, const dsp_biquad_section_t *c, const int16_t *in, int16_t *out, uint32_t n
);

/* n >= 1 samples through the last section, which saturates. */
void dsp_biquad_section_last(
    dsp_biquad_t *self, const dsp_biquad_section_t *c, const int16_t *in, int16_t *out, uint32_t n
);

#endif
