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

/* SHARED: a function of a header that is called and not inlined, since several calls share its code. */
#define SHARED __attribute__((noinline, unused))

/* INLINE: a function whose constant arguments shape its code, so that each call is code of its own. */
#define INLINE inline __attribute__((always_inline))

/* APART: a function that stays one: inside another its loop would be short of registers. */
#define APART __attribute__((noinline))

#ifdef CPU_SIMD
#include <arm_acle.h> /* Arm C Language Extensions (IHI 0053), 9.5: __smlad, __shadd16, … */

/* Two int16 as they lie in memory, the first in the lower half; may be read from and written to arrays of int16. */
typedef int32_t __attribute__((may_alias)) cpu_pair_t;
#endif

#endif
#endif
