/* CMSIS-DSP's statistics in Q15 or Q31: mean, standard deviation, root mean square, least and most of each axis. */
#include "dsp/statistics_functions.h"

#include "case.h"

#ifdef Q31
#define OF(name) name##_q31
typedef q31_t sample_t;
#else
#define OF(name) name##_q15
typedef q15_t sample_t;
#endif

sample_t input[AXES][FRAMES], output[AXES][5];

void setup(void) {}

void run(void) {
    for (uint32_t axis = 0; axis < AXES; axis++) {
        OF(arm_mean)(input[axis], FRAMES, &output[axis][0]);
        OF(arm_std)(input[axis], FRAMES, &output[axis][1]);
        OF(arm_rms)(input[axis], FRAMES, &output[axis][2]);
        OF(arm_min_no_idx)(input[axis], FRAMES, &output[axis][3]);
        OF(arm_max_no_idx)(input[axis], FRAMES, &output[axis][4]);
    }
}
