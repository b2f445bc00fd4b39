/* Three axes: angles, sizes, moments, correlation, planarity. */
#include "bits.h"
#include "dsp_atan2.h"
#include "dsp_covariance.h"
#include "dsp_magnitude.h"
#include "dsp_moments.h"
#include "dsp_planarity.h"
#include "dsp_sma.h"
#include "dsp_tilt.h"

enum { FRAMES = 31 };

static int16_t frames[FRAMES][3];

static void tell_angles(void)
{
    for (uint8_t i = 0; i < FRAMES; i++) {
        const int16_t *v = frames[i];
        const int32_t y = (int32_t)random_bits(), x = (int32_t)random_bits() >> (i & 31u);
        const int16_t angle = dsp_atan2(y, x);
        const uint16_t size = dsp_magnitude(v[0], v[1], v[2]);
        dsp_tilt_t tilt;

        dsp_tilt(v[0], v[1], v[2], &tilt);
        const int16_t said[4] = {angle, tilt.pitch, tilt.roll, tilt.inclination};
        tell(said, sizeof said);
        tell(&size, sizeof size);
    }
}

static void tell_space(const int32_t matrix[6])
{
    int32_t values[3];
    const int8_t shift = dsp_planarity_eigenvalues(matrix, values);
    const int16_t said[3] = {dsp_planarity_q15(values), dsp_planarity_line_q15(values),
                             dsp_covariance_correlation_q15(matrix[3], matrix[0], matrix[1])};

    tell(&shift, sizeof shift);
    tell(values, sizeof values);
    tell(said, sizeof said);
}

void bits(void)
{
    for (uint8_t kind = 0; kind < KINDS; kind++) {
        int32_t matrix[6];
        dsp_moments_t moments;

        fill(&frames[0][0], 3 * FRAMES, kind);
        tell_angles();
        told();
        dsp_covariance((const int16_t(*)[3])frames, FRAMES, matrix);
        tell_space(matrix);
        for (uint8_t i = 0; i < 6u; i++) {
            matrix[i] = (int32_t)random_bits() >> kind;
        }
        tell_space(matrix);
        const uint8_t known = dsp_moments(&frames[0][1], FRAMES, 3, &moments);
        const uint32_t area = dsp_sma_q4((const int16_t(*)[3])frames, FRAMES);
        tell(&known, sizeof known);
        tell(&moments.skewness_q10, sizeof moments.skewness_q10);
        tell(&moments.kurtosis_q10, sizeof moments.kurtosis_q10);
        tell(&area, sizeof area);
        told();
    }
}
