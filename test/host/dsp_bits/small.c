/* The functions of a single value: integer square root, logarithm, ratio, median. */
#include "bits.h"
#include "dsp_isqrt.h"
#include "dsp_log2.h"
#include "dsp_median.h"
#include "dsp_ratio.h"

enum { N = 64 };

void bits(void)
{
    int16_t x[N];

    for (uint8_t kind = 0; kind < KINDS; kind++) {
        fill(x, N, kind);
        for (uint8_t i = 0; i < N; i++) {
            const uint32_t wide = random_bits() >> (i & 31u);
            const uint16_t root = dsp_isqrt(wide);
            const int16_t said[2] = {dsp_log2_q8(wide), dsp_ratio_q15(x[i], (int32_t)(wide >> 1))};
            tell(&root, sizeof root);
            tell(said, sizeof said);
        }
        const int16_t middle = dsp_median(x, N);
        tell(&middle, sizeof middle);
        tell(x, sizeof x);
        told();
    }
}
