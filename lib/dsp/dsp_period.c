/* The first peak that is nearly the highest. */
#include "dsp_period.h"

#include "dsp_ratio.h"

/* A top: rho rises to `begin`, is level to `end`, falls behind it. Looks from *at on, and leaves there where to go on. */
typedef struct {
    uint16_t begin, end;
} top_t;

static bool next_top(const int16_t rho_q15[], uint16_t count, uint16_t *at, top_t *top)
{
    bool rising = false;

    for (uint16_t i = *at; i + 1u < count; i++) {
        if (rho_q15[i + 1u] > rho_q15[i]) {
            rising = true;
            top->begin = (uint16_t)(i + 1u);
        } else if (rho_q15[i + 1u] < rho_q15[i]) {
            if (rising) {
                top->end = i;
                *at = i;
                return true;
            }
            rising = false;
        }
    }
    return false;
}

bool dsp_period(const int16_t rho_q15[], uint16_t first, uint16_t count, dsp_period_t *period)
{
    int32_t highest = 0, before, here, after, offset_q15, height;
    uint16_t at = 0;
    top_t top = {0, 0};

    period->lag_q8 = 0;
    period->strength_q15 = 0;
    while (next_top(rho_q15, count, &at, &top)) {
        highest = rho_q15[top.begin] > highest ? rho_q15[top.begin] : highest;
    }
    if (highest == 0) {
        return false;
    }
    at = 0;
    while (next_top(rho_q15, count, &at, &top) && rho_q15[top.begin] * 8L < highest * (int32_t)DSP_PERIOD_EIGHTHS) {
        /* the highest ends it at the latest */
    }
    before = rho_q15[top.begin - 1u];
    here = rho_q15[top.begin];
    after = rho_q15[top.begin + 1u];
    period->lag_q8 = ((uint32_t)first + top.begin) << 8;
    height = here;
    if (top.end > top.begin + 1u) {
        period->lag_q8 += (uint32_t)(top.end - top.begin) << 7;
    } else { /* -1/2 ... 1/2; the latter for two that are equal */
        offset_q15 = dsp_ratio_q15(after - before, 2 * (2 * here - before - after));
        period->lag_q8 = (uint32_t)((int32_t)period->lag_q8 + ((offset_q15 + 64) >> 7));
        height += ((after - before) / 4 * offset_q15) >> 15;
    }
    period->strength_q15 = (int16_t)(height > INT16_MAX ? INT16_MAX : height);
    return true;
}
