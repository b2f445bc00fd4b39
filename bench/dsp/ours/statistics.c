/* Our statistics of three axes: all that dsp_stats3 has, or those of each axis by itself, without percentiles. */
#include "case.h"
#include "dsp_stats3.h"

int16_t input[FRAMES][AXES];

void setup(void) {}

#ifdef ALL
static dsp_percentile_t work;
dsp_stats3_t found;

void run(void) { dsp_stats3(input, FRAMES, &work, &found); }
#else
dsp_stats_t found[AXES];

void run(void) {
    for (uint8_t i = 0; i < AXES; i++) {
        dsp_stats(&input[0][i], FRAMES, AXES, &found[i]);
    }
}
#endif
