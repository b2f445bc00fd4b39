/* CMSIS-DSP's statistics in Q15: mean, standard deviation, root mean square, least and most of each axis. */
#include "dsp/statistics_functions.h"

#include "case.h"

q15_t input[AXES][FRAMES], output[AXES][5];

void setup(void) {}

void run(void) {
    for (uint32_t axis = 0; axis < AXES; axis++) {
        arm_mean_q15(input[axis], FRAMES, &output[axis][0]);
        arm_std_q15(input[axis], FRAMES, &output[axis][1]);
        arm_rms_q15(input[axis], FRAMES, &output[axis][2]);
        arm_min_no_idx_q15(input[axis], FRAMES, &output[axis][3]);
        arm_max_no_idx_q15(input[axis], FRAMES, &output[axis][4]);
    }
}
