/* Windows, real FFT, power and magnitude: each length at each kind of input, also at an address that holds no whole words. */
#include "bits.h"
#include "dsp_power.h"
#include "dsp_rfft.h"
#include "dsp_window.h"

enum { SMALL = 64, LARGEST = 1024 };

#ifdef __AVR__
enum { LENGTH = SMALL };
#else
enum { LENGTH = LARGEST };
#endif

static union {
    uint32_t words[LENGTH / 2 + 1]; /* for its alignment */
    int16_t at[LENGTH + 2];
} area;
static uint32_t power[LENGTH / 2 + 1];
static uint16_t magnitude[LENGTH / 2 + 1];

static void try_plan(const ROM dsp_rfft_t *plan, uint16_t n)
{
    for (uint8_t kind = 0; kind < 2u * KINDS; kind++) {
        int16_t *const x = area.at + kind % 2u;

        fill(x, n, kind / 2u);
        dsp_rfft_q15(plan, x);
        tell(x, 2u * n);
        fill(x, n, kind / 2u);
        dsp_window_hann(plan, x);
        tell(x, 2u * n);
        const int8_t shift = dsp_rfft_block_q15(plan, x);
        tell(&shift, sizeof shift);
        tell(x, 2u * n);
        dsp_power(x, n, power);
        tell(power, (n / 2u + 1u) * sizeof power[0]);
        dsp_power_magnitude(x, n, magnitude);
        tell(magnitude, n + 2u);
        fill(x, n, kind / 2u);
        dsp_window_hamming(plan, x);
        tell(x, 2u * n);
        told();
    }
}

void bits(void)
{
    try_plan(&dsp_rfft_32, 32);
    try_plan(&dsp_rfft_64, 64);
    if (!bits_small()) {
#ifndef __AVR__
        try_plan(&dsp_rfft_128, 128);
        try_plan(&dsp_rfft_256, 256);
        try_plan(&dsp_rfft_512, 512);
        try_plan(&dsp_rfft_1024, 1024);
#endif
    }
}
