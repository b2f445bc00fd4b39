/* Sums of products, autocorrelation and period; the ring and the windows, which only copy. */
#include "bits.h"
#include "dsp_autocorr.h"
#include "dsp_dot.h"
#include "dsp_frames.h"
#include "dsp_period.h"

enum { N = 120, LAGS = 40, LENGTH = 24, HOP = 10 };

static int16_t x[N], rho_q15[LAGS], store[LENGTH], window[LENGTH];
static int32_t sums[LAGS];

static void frames(void)
{
    dsp_frames_t state;
    const int16_t *at = x;
    uint16_t left = N;

    (void)dsp_frames_init(&state, store, LENGTH, HOP);
    while (dsp_frames_push(&state, &at, &left, window)) {
        tell(window, sizeof window);
    }
    (void)dsp_ring_last(&state.ring, 3, window);
    tell(window, 3u * sizeof *window);
}

void bits(void)
{
    for (uint8_t kind = 0; kind < 2u * KINDS; kind++) { /* twice: the second time faint enough for sums of 32 bits */
        dsp_period_t period;
        int64_t wide;
        uint8_t shift;

        fill(x, N, (uint8_t)(kind % KINDS));
        for (uint8_t i = 0; i < N && kind >= KINDS; i++) {
            x[i] = (int16_t)(x[i] >> 4);
        }
        for (uint8_t n = 0; n < 9u; n++) {
            wide = dsp_dot_wide(x, x + n, (uint16_t)(N - 16u + n));
            tell(&wide, sizeof wide);
        }
        shift = dsp_autocorr(x, N, LAGS, sums);
        tell(&shift, sizeof shift);
        tell(sums, sizeof sums);
        dsp_autocorr_q15(x, N, 3, LAGS, rho_q15);
        tell(rho_q15, sizeof rho_q15);
        (void)dsp_period(rho_q15, 3, LAGS, &period);
        tell(&period.lag_q8, sizeof period.lag_q8);
        tell(&period.strength_q15, sizeof period.strength_q15);
        (void)dsp_period(x, 3, N, &period); /* any row may come */
        tell(&period.lag_q8, sizeof period.lag_q8);
        tell(&period.strength_q15, sizeof period.strength_q15);
        frames();
        told();
    }
}
