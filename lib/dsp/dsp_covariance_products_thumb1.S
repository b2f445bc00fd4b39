/* dsp_covariance_products for cores with Thumb-1: 18 instructions a frame. A sum of 32-bit products a fits two words without
 * carries: the sum of a modulo 2^32, and the sum of a >> 16, which together give all bits (4096 remainders of 16 bits are
 * less than 2^32). Both are only added to, so that they may live in high registers. */
#include "cpu.h"

#ifdef CPU_THUMB1

    .syntax unified
    .thumb

    .macro  gather low, high, product
    add     \low, \product
    asrs    \product, \product, #16
    add     \high, \product
    .endm

/* The high word is the sum of a >> 32 and the carry of what is left of the low sum without its upper parts, onto those. */
    .macro  store low, high, offset
    mov     r3, \low
    mov     r4, \high
    lsls    r5, r4, #16
    asrs    r4, r4, #16
    subs    r6, r3, r5
    adds    r6, r6, r5
    adcs    r4, r4, r7
    str     r3, [r0, #\offset]
    str     r4, [r0, #\offset + 4]
    .endm

    .section .text.dsp_covariance_products, "ax", %progbits
    .global dsp_covariance_products
    .type   dsp_covariance_products, %function
    .thumb_func
dsp_covariance_products:
    push    {r4, r5, r6, r7, lr}
    mov     r4, r8
    mov     r5, r9
    mov     r6, r10
    mov     r7, r11
    push    {r2, r4, r5, r6, r7}
    movs    r3, #1
    lsls    r3, r3, #12
    cmp     r1, r3
    bls     1f
    movs    r1, r3
1:  movs    r3, #0
    mov     r8, r3
    mov     r9, r3
    mov     r10, r3
    mov     r11, r3
    mov     r12, r3
    mov     lr, r3
    lsls    r3, r1, #1      /* r0, r2, r3 the ends of the three axes, r1 index in bytes up to 0 */
    adds    r1, r1, r3
    lsls    r1, r1, #1
    adds    r0, r0, r1
    adds    r2, r0, #2
    adds    r3, r0, #4
    rsbs    r1, r1, #0
    bpl     .Ldone
.Lframe:
    ldrsh   r4, [r0, r1]
    ldrsh   r5, [r2, r1]
    ldrsh   r6, [r3, r1]
    movs    r7, r4
    muls    r7, r5, r7
    muls    r5, r6, r5
    muls    r6, r4, r6
    gather  r8, r9, r7
    gather  r10, r11, r6
    gather  r12, lr, r5
    adds    r1, r1, #6
    bmi     .Lframe
.Ldone:
    pop     {r0}
    movs    r7, #0
    store   r8, r9, 0
    store   r10, r11, 8
    store   r12, lr, 16
    pop     {r4, r5, r6, r7}
    mov     r8, r4
    mov     r9, r5
    mov     r10, r6
    mov     r11, r7
    pop     {r4, r5, r6, r7, pc}
    .size   dsp_covariance_products, . - dsp_covariance_products

#endif
