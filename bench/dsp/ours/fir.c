/* Our FIR over N samples, the whole block at once. */
#include "case.h"
#include "dsp_fir.h"
#include "tables.h"

int16_t samples[N]; /* filtered in place */
static int32_t line[(TAPS + N + 1) / 2];
static dsp_fir_t filter;

void setup(void) { dsp_fir_init(&filter, design, line, N); }

void run(void) { dsp_fir(&filter, samples, samples, N); }
