/* Sums of products on cores that multiply pairs. */
#include "dsp_dot.h"

#include "cpu.h"

#ifdef CPU_SIMD

static inline int16x2_t load(const int16_t *from)
{
    return *(const cpu_even_pair_t *)from; /* a row that lags by an odd number of samples lies across words */
}

HOT int32_t dsp_dot(const int16_t a[], const int16_t b[], uint16_t n)
{
    int32_t sum = 0;

    for (const int16_t *end = a + (n & ~3u); a != end; a += 4, b += 4) {
        sum = __smlad(load(a), load(b), sum);
        sum = __smlad(load(a + 2), load(b + 2), sum);
    }
    for (n &= 3u; n > 0u; n--) {
        sum += (int32_t)*a++ * *b++;
    }
    return sum;
}

HOT int64_t dsp_dot_wide(const int16_t a[], const int16_t b[], uint16_t n)
{
    int64_t sum = 0;

    for (const int16_t *end = a + (n & ~3u); a != end; a += 4, b += 4) {
        sum = __smlald(load(a), load(b), sum);
        sum = __smlald(load(a + 2), load(b + 2), sum);
    }
    for (n &= 3u; n > 0u; n--) {
        sum += (int32_t)*a++ * *b++;
    }
    return sum;
}

#endif
