/* The sums of the FIR filters in portable C. */
#include "dsp_fir_core.h"

#include "cpu.h"
#include "dsp_fir.h"

#if !defined(CPU_SIMD) && !defined(CPU_THUMB1)

void dsp_fir_core_load(int16_t *line, const int16_t *in, uint32_t n)
{
    for (; n > 0u; n--) {
        *line++ = *in++;
    }
}

void dsp_fir_core_move(int16_t *line, uint32_t by, uint32_t n)
{
    for (; n > 0u; n--, line++) {
        *line = line[by];
    }
}

void dsp_fir_core_run(const int16_t *line, const ROM int16_t *design, int16_t *out, uint32_t n, uint32_t hop)
{
    const int16_t count = design[0];
    const uint8_t shift = (uint8_t)design[1] & 31u;

    for (; n > 0u; n--, line += hop) {
        const ROM int16_t *tap = design + DSP_FIR_HEAD;
        uint32_t sum = (uint32_t)1 << shift >> 1; /* modulo 2^32: a table that no design made wraps */

        for (int16_t k = 0; k < count; k++) {
            sum += (uint32_t)((int32_t)line[k] * *tap++);
        }
        const int32_t y = (int32_t)sum >> shift;
        *out++ = (int16_t)(y > 32767 ? 32767 : y < -32768 ? -32768 : y);
    }
}

#endif
