/* Our cascade of biquads over N samples. */
#include "case.h"
#include "dsp_biquad.h"
#include "tables.h"

int16_t samples[N]; /* filtered in place */
static dsp_biquad_t state[SECTIONS];

void setup(void) { dsp_biquad_init(state, design); }

void run(void) { dsp_biquad(state, design, samples, samples, N); }
