/* Our log-mel frame, or with the cosine transform after it. */
#include "case.h"
#include "dsp_mfcc.h"
#include "tables.h"

#define JOIN(a, n) a##n
#define PLAN(n) JOIN(dsp_rfft_, n)

int16_t samples[N], output[OUTPUTS];
static const ROM dsp_logmel_t logmel = {&PLAN(N), &bank, DSP_LOGMEL_HANN};

void setup(void) {}

void run(void) {
#ifdef MFCC
    (void)dsp_mfcc(&logmel, &cosines, samples, output);
#else
    (void)dsp_logmel(&logmel, samples, output);
#endif
}
