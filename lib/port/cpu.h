/* What the compiler and the core offer beyond C99. Everything here has a portable twin that gives the same bits; a build
 * with -DPORTABLE has the twins alone, which is how a test compares them on one core. */
#ifndef CPU_H
#define CPU_H

/* CPU_SIMD: pairs of int16 in a register, and multiplies that add (ARMv7E-M, the DSP extension).
 * CPU_THUMB1: assembly for a core that has Thumb-1 and a multiplier but no more (ARMv6-M). */
#if !defined(PORTABLE) && defined(__ARM_FEATURE_DSP)
#define CPU_SIMD 1
#elif !defined(PORTABLE) && defined(__ARM_ARCH_6M__)
#define CPU_THUMB1 1
#endif

#ifndef __ASSEMBLER__
#include <stdint.h>

/* HOT: a function in which the time goes: optimised for speed where the rest is optimised for size. AVR's flash is too
 * small for that, and clang has no such attribute. */
#if defined(__arm__) && defined(__GNUC__) && !defined(__clang__)
#define HOT __attribute__((optimize("O2")))
#else
#define HOT
#endif

/* CPU_KEEP: the compiler may not see through a variable here: it keeps one index where it would carry several pointers, for
 * which Thumb-1 has too few registers. */
#ifdef CPU_THUMB1
#define CPU_KEEP(variable) __asm__("" : "+r"(variable))
#else
#define CPU_KEEP(variable) ((void)0)
#endif

/* CPU_APART: ends of a function that do the same stay apart if their `number` differs, since Thumb's short conditional branches
 * reach 256 bytes, and a branch to a near end takes less than one to the only end. */
#if !defined(PORTABLE) && defined(__thumb__)
#define CPU_APART(number) __asm__ volatile("" : : "i"(number))
#else
#define CPU_APART(number) ((void)0)
#endif

/* SHARED: a function of a header that is called and not inlined, since several calls share its code,
 * or since inside another its loop would be short of registers. */
#define SHARED __attribute__((noinline, unused))

/* INLINE: a function whose constant arguments shape its code, so that each call is code of its own. */
#define INLINE inline __attribute__((always_inline))

/* An int16 in memory that was declared as words, so that words begin there. */
typedef int16_t __attribute__((may_alias)) cpu_half_t;

#ifdef CPU_SIMD
#include <arm_acle.h> /* Arm C Language Extensions (IHI 0053), 9.5: __smlad, __shadd16, … */

/* Two int16 as they lie in memory, the first in the lower half; may be read from and written to arrays of int16. */
typedef int32_t __attribute__((may_alias)) cpu_pair_t;

/* The same at any even address: these cores load and store single words there, but not several at once. */
typedef int32_t __attribute__((may_alias, aligned(2))) cpu_even_pair_t;

/* Pairs put together from two words, in one instruction that compilers do not find (PKHBT, PKHTB: ARM DDI 0403, A7.7.92). */
static inline uint32_t cpu_lower_halves(uint32_t first, uint32_t second)
{
    uint32_t pair;
    __asm__("pkhbt %0, %1, %2, lsl #16" : "=r"(pair) : "r"(first), "r"(second));
    return pair;
}

static inline uint32_t cpu_upper_halves(uint32_t first, uint32_t second)
{
    uint32_t pair;
    __asm__("pkhtb %0, %1, %2, asr #16" : "=r"(pair) : "r"(second), "r"(first));
    return pair;
}

static inline uint32_t cpu_lower_and_upper_half(uint32_t first, uint32_t second)
{
    uint32_t pair;
    __asm__("pkhbt %0, %1, %2" : "=r"(pair) : "r"(first), "r"(second));
    return pair;
}

/* Both shifted right by 15, which must leave an int16 each. */
static inline uint32_t cpu_pair_of_q30(int32_t first, int32_t second)
{
    uint32_t pair;
    __asm__("pkhbt %0, %1, %2, lsl #1" : "=r"(pair) : "r"(first >> 15), "r"(second));
    return pair;
}

/* Both shifted right by 14, which must leave an int16 each; `first` is shifted already. */
static inline int32_t cpu_pair_of_q29(int32_t shifted, int32_t second)
{
    int32_t pair;
    __asm__("pkhbt %0, %1, %2, lsl #2" : "=r"(pair) : "r"(shifted), "r"(second));
    return pair;
}

/* Held to int16; not in every compiler's arm_acle.h without a warning. */
static inline int32_t cpu_held(int32_t value)
{
    int32_t held;
    __asm__("ssat %0, #16, %1" : "=r"(held) : "r"(value));
    return held;
}
#endif

/* The number of zeros above the highest one, 0 ... 31; `value` is not 0. */
static inline uint8_t cpu_clz(uint32_t value)
{
#if defined(PORTABLE)
    uint8_t zeros = 0;
    for (uint8_t step = 16; step > 0u; step >>= 1) {
        if (value >> (32u - step) == 0u) {
            value <<= step;
            zeros = (uint8_t)(zeros + step);
        }
    }
    return zeros;
#else
    return (uint8_t)(sizeof(int) == 4u ? __builtin_clz((unsigned)value) : __builtin_clzl(value));
#endif
}

/* a * a + b * b of a pair in memory. */
static inline uint32_t cpu_power(const int16_t pair[2])
{
#ifdef CPU_SIMD
    const int32_t both = *(const cpu_even_pair_t *)pair;
    return (uint32_t)__smuad(both, both);
#else
    return (uint32_t)((int32_t)pair[0] * pair[0]) + (uint32_t)((int32_t)pair[1] * pair[1]);
#endif
}

#ifdef CPU_SIMD
/* A half of a pair times a weight, / 2^16, rounded down, as 32 bits (SMULWB, SMULWT: ARM DDI 0403, A7.7.149), which not every
 * compiler's arm_acle.h has. */
static inline int32_t cpu_lower_q16(int32_t pair, int32_t weight_q16)
{
    int32_t product;
    __asm__("smulwb %0, %1, %2" : "=r"(product) : "r"(weight_q16), "r"(pair));
    return product;
}

static inline int32_t cpu_upper_q16(int32_t pair, int32_t weight_q16)
{
    int32_t product;
    __asm__("smulwt %0, %1, %2" : "=r"(product) : "r"(weight_q16), "r"(pair));
    return product;
}
#endif

/* x * weight / 2^16, rounded down; the product fits 32 bits. */
static inline int16_t cpu_weighted_q16(int16_t x, int32_t weight_q16)
{
    return (int16_t)((x * weight_q16) >> 16);
}

/* value * part_q16 / 2^16, rounded down. */
static inline uint32_t cpu_part_q16(uint32_t value, uint16_t part_q16)
{
#ifdef CPU_SIMD
    return (uint32_t)(((uint64_t)value * ((uint32_t)part_q16 << 16)) >> 32);
#else
    return (value >> 16) * part_q16 + (((value & 0xFFFFu) * part_q16) >> 16);
#endif
}

#endif
#endif
