/* dsp_sums_pass for cores with pairs of int16: four samples a turn. */
#include "cpu.h"
#include "dsp_sums.h"

#ifdef CPU_SIMD
enum { ONES = 0x00010001 };

static inline int32_t pair(uint32_t low, uint32_t high)
{
    return (int32_t)(low | high << 16);
}

/* Adds the sizes of the steps from `before` to `now`, the larger minus the smaller of each lane, and keeps the largest and the
 * smallest of the samples in the upper lanes of these: each step ends or starts there. */
static inline int32_t add_steps(int32_t now, int32_t before, int32_t jerk, int32_t *min, int32_t *max)
{
    (void)__ssub16(now, before);
    const int32_t larger = (int32_t)__sel((uint32_t)now, (uint32_t)before);
    const int32_t smaller = (int32_t)__sel((uint32_t)before, (uint32_t)now);

    (void)__ssub16(larger, *max);
    *max = (int32_t)__sel((uint32_t)larger, (uint32_t)*max);
    (void)__ssub16(*min, smaller);
    *min = (int32_t)__sel((uint32_t)smaller, (uint32_t)*min);
    return __smlad(smaller, -1, __smlad(larger, ONES, jerk));
}

/* Adds the sizes of the samples: each lane times its sign. */
static inline int32_t add_sizes(int32_t x, int32_t sum)
{
    (void)__sadd16(x, x);
    return __smlad(x, (int32_t)__sel((uint32_t)ONES, 0xFFFFFFFFu), sum);
}

HOT void dsp_sums_pass(const int16_t x[], uint16_t n, uint8_t stride, dsp_sums_t *out)
{
    const int32_t gain = x[(n - 1ul) * stride] - x[0];
    int64_t energy = 0;
    int32_t sum = 0, size = 0, jerk = 0, last = x[0], min = last, max = last;
    uint32_t turns = n / 4u;

    for (uint32_t rest = n % 4u; rest != 0u; rest--, x += stride) {
        const int32_t now = *x, step = now - last;

        jerk += step < 0 ? -step : step;
        size += now < 0 ? -now : now;
        min = now < min ? now : min;
        max = now > max ? now : max;
        sum += now;
        energy += now * now;
        last = now;
    }
    uint32_t before = (uint16_t)last;
    min = pair((uint16_t)min, (uint16_t)min);
    max = pair((uint16_t)max, (uint16_t)max);
    for (const uint16_t *u = (const uint16_t *)x; turns != 0u; turns--, u += 4u * stride) {
        const uint32_t a = u[0], b = u[stride], c = u[2u * stride], d = u[3u * stride];
        const int32_t ab = pair(a, b), cd = pair(c, d);

        jerk = add_steps(ab, pair(before, a), jerk, &min, &max);
        jerk = add_steps(cd, pair(b, c), jerk, &min, &max);
        sum = __smlad(ab, ONES, __smlad(cd, ONES, sum));
        size = add_sizes(ab, add_sizes(cd, size));
        energy = __smlald(ab, ab, __smlald(cd, cd, energy));
        before = d;
    }
    out->energy = (uint64_t)energy;
    out->sum = sum;
    out->magnitude = (uint32_t)((size + sum) / 2);
    out->jerk = (uint32_t)((jerk + gain) / 2);
    out->min = (int16_t)(min >> 16);
    out->max = (int16_t)(max >> 16);
}
#endif
