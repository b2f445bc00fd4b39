/* Windows that are one cosine and a constant, read off the table of the FFT's last pass. */
#include "dsp_window.h"

#include "cpu.h"

static int16_t weighted(int16_t x, uint16_t w_q15)
{
    return (int16_t)(((int32_t)x * (int32_t)w_q15 + 0x4000) >> 15);
}

/* Both halves of the window, each inwards from its ends, where `edge` +- `depth` (Q15) times the cosine is the weight. */
static HOT void apply(const ROM dsp_rfft_t *plan, int16_t x[], uint16_t middle_q15, uint16_t depth_q15)
{
    const uint16_t n = plan->n;
    const uint16_t quarter = (uint16_t)(n / 4u);
    const ROM uint32_t *table = plan->split; /* the cosine is the upper half of each word */

    x[0] = weighted(x[0], (uint16_t)(middle_q15 - depth_q15));
    x[n / 2u] = weighted(x[n / 2u], (uint16_t)(middle_q15 + depth_q15));
    x[quarter] = weighted(x[quarter], middle_q15);
    x[3u * quarter] = weighted(x[3u * quarter], middle_q15);
    for (uint16_t i = 1; i < quarter; i++) {
        const uint16_t part_q15 = (uint16_t)(((*++table >> 16) * depth_q15 + 0x2000u) >> 14);
        const uint16_t low_q15 = (uint16_t)(middle_q15 - part_q15), high_q15 = (uint16_t)(middle_q15 + part_q15);
        x[i] = weighted(x[i], low_q15);
        x[n - i] = weighted(x[n - i], low_q15);
        x[n / 2u - i] = weighted(x[n / 2u - i], high_q15);
        x[n / 2u + i] = weighted(x[n / 2u + i], high_q15);
    }
}

void dsp_window_hann(const ROM dsp_rfft_t *plan, int16_t x[])
{
    apply(plan, x, 16384u, 16384u);
}

void dsp_window_hamming(const ROM dsp_rfft_t *plan, int16_t x[])
{
    apply(plan, x, 17695u, 15073u);
}
