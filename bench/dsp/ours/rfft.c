/* Our real FFT of N points in place, as it is or with the block normalised first. */
#include "case.h"
#include "dsp_rfft.h"

#define JOIN(a, n) a##n
#define PLAN(n) JOIN(dsp_rfft_, n)

int16_t samples[N];
int32_t shift;

void setup(void) {}

void run(void) {
#ifdef BLOCK
    shift = dsp_rfft_block_q15(&PLAN(N), samples);
#else
    dsp_rfft_q15(&PLAN(N), samples);
#endif
}
