/* Windows that are one cosine and a constant, read off the table of the FFT's last pass. */
#include "dsp_window.h"

#include "cpu.h"

static inline HOT int16_t weighted(int16_t x, uint32_t w_q15)
{
    return (int16_t)(((int32_t)x * (int32_t)w_q15 + 0x4000) >> 15);
}

/* Four samples at once, in from the ends of both halves, whose weights are `middle` -+ `depth` times one cosine. */
static inline HOT void apply(const ROM dsp_rfft_t *plan, int16_t x[], uint16_t middle_q15, uint16_t depth_q15)
{
    const ROM uint32_t *table = plan->split; /* the cosine is the upper half of each word */
    int16_t *left = x, *const middle = x + plan->n / 2u, *right = x + plan->n;
    int16_t *down = middle, *up = middle;

    x[0] = weighted(x[0], (uint32_t)middle_q15 - depth_q15);
    *middle = weighted(*middle, (uint32_t)middle_q15 + depth_q15);
    while (++left < --down) {
        const uint32_t part_q15 = ((*++table >> 16) * depth_q15 + 0x2000u) >> 14;
        const uint32_t low_q15 = middle_q15 - part_q15, high_q15 = middle_q15 + part_q15;
        *left = weighted(*left, low_q15);
        right--;
        *right = weighted(*right, low_q15);
        *down = weighted(*down, high_q15);
        up++;
        *up = weighted(*up, high_q15);
    }
    *left = weighted(*left, middle_q15);
    right--;
    *right = weighted(*right, middle_q15);
}

HOT void dsp_window_hann(const ROM dsp_rfft_t *plan, int16_t x[])
{
    apply(plan, x, 16384u, 16384u);
}

HOT void dsp_window_hamming(const ROM dsp_rfft_t *plan, int16_t x[])
{
    apply(plan, x, 17695u, 15073u);
}
