/* One level of D4 for ARMv6-M: 28 instructions an approximation and its detail, the same bits as in dsp_dwt_level.c. */
#include "cpu.h"

#ifdef CPU_THUMB1
#include "cpu_thumb1.inc"

    .equ LAMBDA, 4096 - 2998    /* 1/8 less DSP_DWT_KAPPA */

/* r0: where approximations go; r1: x2. r8: lambda; r9, r10: from an approximation to its detail, and that + 2; r11: where
 * the turns of two end; ip, lr: the first s and p, which are also the last t and q. r6, r7 are scratch. */

/* t and q of the samples `at` bytes from r1 on, with what rounds. */
.macro next t, q, half, at
    movs    r6, #\at
    ldrsh   \t, [r1, r6]
    ldrh    r6, [r1, #\at + 2]
    sxth    r6, r6
    adds    \t, #\half
    subs    \q, \t, r6
    adds    \t, \t, r6
.endm

/* Number `k` of a turn, of s and p, which are used up, and t and q. */
.macro split s, p, t, q, shift, k
    subs    \p, \p, \q          /* back */
    lsls    r6, \s, #2
    subs    \s, \t, \s          /* up */
    subs    r6, r6, \p
    lsls    r6, r6, #12
    mov     r7, r8
    muls    r7, \s, r7
    adds    r6, r6, r7
    asrs    r6, r6, #\shift
    strh    r6, [r0, #2 * \k]
    lsls    r7, \q, #2
    adds    r7, r7, \s
    lsls    r7, r7, #12
    mov     r6, r8
    muls    r6, \p, r6
    adds    r7, r7, r6
    asrs    r7, r7, #\shift
    .if \k
    mov     r6, r10
    .else
    mov     r6, r9
    .endif
    strh    r7, [r0, r6]
.endm

/* All pairs: r4 and r5 are the last sample and the first, r1 is the last one's address. */
.macro level half, shift
    adds    r4, #\half
    adds    r2, r4, r5
    subs    r3, r4, r5
    mov     ip, r2
    mov     lr, r3
    movs    r4, r2
    movs    r5, r3
    adds    r6, r0, #2
    cmp     r6, r1
    beq     3f                  /* two samples are one pair */
    subs    r1, #4
    mov     r11, r1
    movs    r1, r6
    cmp     r1, r11
    beq     2f
1:  next    r4, r5, \half, 0
    split   r2, r3, r4, r5, \shift, 0
    next    r2, r3, \half, 4
    split   r4, r5, r2, r3, \shift, 1
    adds    r0, #4
    adds    r1, #8
    cmp     r1, r11
    bne     1b
2:  next    r4, r5, \half, 0
    split   r2, r3, r4, r5, \shift, 0
    adds    r0, #2
3:  mov     r2, ip
    mov     r3, lr
    split   r4, r5, r2, r3, \shift, 0
    restore
.endm

/* void dsp_dwt_level_d4(int16_t x[], uint16_t n, uint8_t halve, int16_t detail[]) */
function dsp_dwt_level_d4
    save
    subs    r3, r3, r0
    mov     r9, r3
    adds    r3, #2
    mov     r10, r3
    ldr     r3, =LAMBDA
    mov     r8, r3
    lsls    r1, r1, #1
    adds    r1, r1, r0
    subs    r1, #2
    movs    r6, #0
    ldrsh   r4, [r1, r6]
    ldrsh   r5, [r0, r6]
    cmp     r2, #0
    bne     4f
    level   1, 15
4:  level   2, 16
    .ltorg

#endif
