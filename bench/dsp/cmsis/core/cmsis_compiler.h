/* What CMSIS-DSP asks of CMSIS-Core's compiler header, and no more: instructions as Arm's C Language Extensions (IHI 0053)
 * name them, and in C where the core has none. Written for this bench; no part of CMSIS-Core. */
#ifndef CMSIS_COMPILER_H
#define CMSIS_COMPILER_H

#include <arm_acle.h>
#include <stdint.h>

#define __STATIC_INLINE static inline
#define __STATIC_FORCEINLINE __attribute__((always_inline)) static inline
#define __ALIGNED(bytes) __attribute__((aligned(bytes)))
#define __ASM __asm__
#define __WEAK __attribute__((weak))

/* CLZ gives 32 for 0 (ARMv7-M ARM, A7.7.24); the compiler's builtin leaves that open. */
__STATIC_FORCEINLINE uint8_t __CLZ(uint32_t value) {
    return value == 0u ? 32u : (uint8_t)__builtin_clz(value);
}

__STATIC_FORCEINLINE uint32_t __ROR(uint32_t value, uint32_t bits) {
    bits %= 32u;
    return bits == 0u ? value : value >> bits | value << (32u - bits);
}

#ifdef __ARM_FEATURE_SAT
#define __SSAT(value, bits) __ssat((int32_t)(value), (bits))
#define __USAT(value, bits) __usat((int32_t)(value), (bits))
#else
/* To the range of so many bits, 1 … 32 signed, 0 … 31 unsigned (ARMv7-M ARM, A7.7.152 and A7.7.213). */
__STATIC_FORCEINLINE int32_t __SSAT(int32_t value, uint32_t bits) {
    const int32_t most = (int32_t)((1u << (bits - 1u)) - 1u);
    return value > most ? most : value < -most - 1 ? -most - 1 : value;
}

__STATIC_FORCEINLINE uint32_t __USAT(int32_t value, uint32_t bits) {
    const uint32_t most = (1u << bits) - 1u;
    return value < 0 ? 0u : (uint32_t)value > most ? most : (uint32_t)value;
}
#endif

#ifdef __ARM_FEATURE_DSP
/* CMSIS-DSP holds pairs of int16 and fours of int8 in plain 32-bit words, signed or not. */
#define __QADD(a, b) __qadd((int32_t)(a), (int32_t)(b))
#define __QSUB(a, b) __qsub((int32_t)(a), (int32_t)(b))
#define __QADD8(a, b) ((uint32_t)__qadd8((int8x4_t)(a), (int8x4_t)(b)))
#define __QSUB8(a, b) ((uint32_t)__qsub8((int8x4_t)(a), (int8x4_t)(b)))
#define __QADD16(a, b) ((uint32_t)__qadd16((int16x2_t)(a), (int16x2_t)(b)))
#define __QSUB16(a, b) ((uint32_t)__qsub16((int16x2_t)(a), (int16x2_t)(b)))
#define __SHADD16(a, b) ((uint32_t)__shadd16((int16x2_t)(a), (int16x2_t)(b)))
#define __SHSUB16(a, b) ((uint32_t)__shsub16((int16x2_t)(a), (int16x2_t)(b)))
#define __QASX(a, b) ((uint32_t)__qasx((int16x2_t)(a), (int16x2_t)(b)))
#define __QSAX(a, b) ((uint32_t)__qsax((int16x2_t)(a), (int16x2_t)(b)))
#define __SHASX(a, b) ((uint32_t)__shasx((int16x2_t)(a), (int16x2_t)(b)))
#define __SHSAX(a, b) ((uint32_t)__shsax((int16x2_t)(a), (int16x2_t)(b)))
#define __SXTB16(a) ((uint32_t)__sxtb16((int8x4_t)(a)))
#define __SMUAD(a, b) ((uint32_t)__smuad((int16x2_t)(a), (int16x2_t)(b)))
#define __SMUADX(a, b) ((uint32_t)__smuadx((int16x2_t)(a), (int16x2_t)(b)))
#define __SMUSD(a, b) ((uint32_t)__smusd((int16x2_t)(a), (int16x2_t)(b)))
#define __SMUSDX(a, b) ((uint32_t)__smusdx((int16x2_t)(a), (int16x2_t)(b)))
#define __SMLAD(a, b, sum) ((uint32_t)__smlad((int16x2_t)(a), (int16x2_t)(b), (int32_t)(sum)))
#define __SMLADX(a, b, sum) ((uint32_t)__smladx((int16x2_t)(a), (int16x2_t)(b), (int32_t)(sum)))
#define __SMLSDX(a, b, sum) ((uint32_t)__smlsdx((int16x2_t)(a), (int16x2_t)(b), (int32_t)(sum)))
#define __SMLALD(a, b, sum) ((uint64_t)__smlald((int16x2_t)(a), (int16x2_t)(b), (int64_t)(sum)))
#define __SMLALDX(a, b, sum) ((uint64_t)__smlaldx((int16x2_t)(a), (int16x2_t)(b), (int64_t)(sum)))

/* The upper word of a 64-bit product, added (ARMv7-M ARM, A7.7.150). */
__STATIC_FORCEINLINE int32_t __SMMLA(int32_t a, int32_t b, int32_t sum) {
    return (int32_t)((((int64_t)sum << 32) + (int64_t)a * b) >> 32);
}

/* One half of each operand (ARMv7-M ARM, A7.7.93); the language extensions have no name for it. */
#define __PKHBT(low, high, shift)                                                                                      \
    __extension__({                                                                                                    \
        uint32_t both;                                                                                                 \
        __asm__("pkhbt %0, %1, %2, lsl %3" : "=r"(both) : "r"((uint32_t)(low)), "r"((uint32_t)(high)), "I"(shift));    \
        both;                                                                                                          \
    })
#define __PKHTB(high, low, shift)                                                                                      \
    __extension__({                                                                                                    \
        uint32_t both;                                                                                                 \
        if ((shift) == 0) {                                                                                            \
            __asm__("pkhtb %0, %1, %2" : "=r"(both) : "r"((uint32_t)(high)), "r"((uint32_t)(low)));                    \
        } else {                                                                                                       \
            __asm__("pkhtb %0, %1, %2, asr %3"                                                                         \
                    : "=r"(both)                                                                                       \
                    : "r"((uint32_t)(high)), "r"((uint32_t)(low)), "I"((shift) ? (shift) : 1));                        \
        }                                                                                                              \
        both;                                                                                                          \
    })
#endif

#endif
