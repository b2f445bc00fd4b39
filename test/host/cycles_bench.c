/* What the cycle model is checked on: our own DSP over noise, a tree's branches, products, copies and calls, from RAM.
 *
 * It starts at its first byte, with nothing but a stack, and ends at a breakpoint with a checksum in r0. */
#include <stdint.h>

#include "dsp_blockfloat.h"
#include "dsp_decimate.h"
#include "dsp_detrend.h"
#include "dsp_isqrt.h"
#include "dsp_lags.h"
#include "dsp_log2.h"
#include "dsp_median.h"
#include "dsp_ratio.h"
#include "dsp_slow.h"
#include "dsp_spectrum.h"

enum { LAGS = 8, NODES = 127, WORDS = 64 };

static uint32_t sum; /* .bss is part of the image */

static uint32_t noise(uint32_t *state)
{
    *state = *state * 1664525u + 1013904223u;
    return *state >> 16;
}

__attribute__((noinline)) static void take(uint32_t value) { sum = (sum << 5 | sum >> 27) ^ value; }

/* Recursion: frames, and returns by POP. */
__attribute__((noinline)) static uint32_t fibonacci(uint32_t n) { return n < 2 ? n : fibonacci(n - 1) + fibonacci(n - 2); }

__attribute__((noinline)) static uint32_t walk(const int16_t thresholds[NODES], const int16_t x[8])
{
    uint32_t at = 0;
    while (at < NODES) {
        at = 2 * at + 1 + (x[at % 8] > thresholds[at]);
    }
    return at - NODES;
}

__attribute__((noinline)) static uint32_t which(uint32_t kind, uint32_t value)
{
    switch (kind) {
    case 0: return value + 1;
    case 1: return value * value;
    case 2: return ~value;
    case 3: return value >> 3;
    case 4: return value << 5 ^ 0x55;
    case 5: return value / (kind + 2);
    default: return kind;
    }
}

static uint32_t work(void)
{
    uint32_t state = 2026;
    int16_t thresholds[NODES], line[LAGS + 1][3] = {{0}}, values[31];
    int32_t lags[LAGS + 1] = {0};
    uint32_t from[WORDS], to[WORDS];
    dsp_decimate_t decimate;
    dsp_detrend_t detrend;
    dsp_slow_t slow;
    dsp_decimate_init(&decimate, 5);
    dsp_detrend_init(&detrend);
    dsp_slow_init(&slow);
    for (int i = 0; i < NODES; i++) {
        thresholds[i] = (int16_t)(noise(&state) - 32768u);
    }
    for (int i = 0; i < 400; i++) {
        int16_t x[8], mean[3], flat[3], move[3];
        for (int c = 0; c < 8; c++) {
            x[c] = (int16_t)((int32_t)noise(&state) - 32768);
        }
        take(walk(thresholds, x));
        if (dsp_decimate_push(&decimate, x, mean)) {
            if (dsp_detrend_push(&detrend, mean, flat)) {
                dsp_lags_push(line, lags, LAGS, flat);
                take((uint32_t)lags[1]);
            }
            if (dsp_slow_push(&slow, mean, move)) {
                take((uint32_t)move[0]);
            }
        }
        take(which(noise(&state) % 8, (uint32_t)i));
        values[i % 31] = x[0];
        take((uint32_t)dsp_isqrt(noise(&state) * noise(&state)));
        take((uint32_t)dsp_log2_q8(noise(&state)));
        take((uint32_t)dsp_ratio_q15(x[1], 32767));
    }
    take((uint32_t)dsp_median(values, 31));
    int16_t rho[DSP_SPECTRUM_LAGS], power[DSP_SPECTRUM_BINS], mantissa[LAGS];
    for (uint32_t i = 0; i < DSP_SPECTRUM_LAGS; i++) {
        rho[i] = (int16_t)(noise(&state) / 2u);
    }
    dsp_spectrum(rho, power);
    take((uint32_t)power[3]);
    take(dsp_blockfloat_pack(lags, mantissa, LAGS));
    for (int i = 0; i < WORDS; i++) {
        from[i] = noise(&state);
    }
    for (int i = 0; i < 20; i++) {
        __builtin_memcpy(to, from, sizeof to);
        from[i] += to[WORDS - 1 - i];
        take(to[i]);
    }
    take(fibonacci(12));
    return sum;
}

/* LDM and STM with several registers, barriers and special registers, which the compiler alone would not write. */
__attribute__((naked, used, section(".text.first"))) void start(void)
{
    __asm volatile("bl %c0\n"
                   "ldr r1, =table\n"
                   "ldmia r1!, {r2, r3, r4, r5}\n"
                   "ldr r1, =table\n"
                   "stmia r1!, {r2, r3}\n"
                   "mrs r2, primask\n"
                   "cpsid i\n"
                   "dsb\n"
                   "isb\n"
                   "dmb\n"
                   "msr primask, r2\n"
                   "nop\n"
                   "bkpt #5\n"
                   "b .\n"
                   ".ltorg\n"
                   ".balign 4\n"
                   "table: .word 1, 2, 3, 4\n" ::"i"(work));
}
