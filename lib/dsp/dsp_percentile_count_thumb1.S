/* dsp_percentile_count and dsp_percentile_collect for cores with Thumb-1: 11 and 8 instructions a sample. */
#include "cpu.h"

#ifdef CPU_THUMB1

    .syntax unified
    .thumb

    .equ    MARK, 128       /* where the members of dsp_percentile_t are */
    .equ    KEPT, 192
    .equ    MIN, 320
    .equ    SHIFT, 322

/* r0 end of the block, r1 index in bytes up to 0, r2 stride in bytes, r4 min, r5 shift, r6 the state. */
    .macro  begin
    movs    r6, r0
    lsls    r3, r3, #1
    muls    r2, r3, r2
    adds    r0, r1, r2
    rsbs    r1, r2, #0
    movs    r2, r3
    movs    r3, #MIN / 2
    lsls    r3, r3, #1
    ldrsh   r4, [r6, r3]
    adds    r3, r3, #SHIFT - MIN
    ldrb    r5, [r6, r3]
    .endm

    .macro  count
    subs    r3, r3, r4
    lsrs    r3, r3, r5
    lsls    r3, r3, #1
    ldrh    r7, [r6, r3]
    adds    r7, r7, #1
    strh    r7, [r6, r3]
    adds    r1, r1, r2
    .endm

/* r8 level, r12 crossings. Two loops: in one the signal is above the level, in the other below. */
    .section .text.dsp_percentile_count, "ax", %progbits
    .global dsp_percentile_count
    .type   dsp_percentile_count, %function
    .thumb_func
dsp_percentile_count:
    push    {r4, r5, r6, r7, lr}
    mov     r4, r8
    push    {r4}
    begin
    ldr     r3, [sp, #24]
    mov     r8, r3
    movs    r3, #0
    mov     r12, r3
    ldrsh   r3, [r0, r1]
    cmp     r3, r8
    blt     2f
    b       1f
.Labove:
    ldrsh   r3, [r0, r1]
    cmp     r3, r8
    blt     .Lfall
1:  count
    bmi     .Labove
    b       .Lcounted
.Lfall:
    movs    r7, #1
    add     r12, r7
    b       2f
.Lrise:
    movs    r7, #1
    add     r12, r7
    b       1b
.Lbelow:
    ldrsh   r3, [r0, r1]
    cmp     r3, r8
    bge     .Lrise
2:  count
    bmi     .Lbelow
.Lcounted:
    mov     r0, r12
    pop     {r4}
    mov     r8, r4
    pop     {r4, r5, r6, r7, pc}
    .size   dsp_percentile_count, . - dsp_percentile_count

/* r6 the marks, r8 `kept`. */
    .section .text.dsp_percentile_collect, "ax", %progbits
    .global dsp_percentile_collect
    .type   dsp_percentile_collect, %function
    .thumb_func
dsp_percentile_collect:
    push    {r4, r5, r6, r7, lr}
    mov     r4, r8
    push    {r4}
    begin
    movs    r7, #KEPT
    adds    r7, r7, r6
    mov     r8, r7
    adds    r6, r6, #MARK
.Lsample:
    ldrsh   r3, [r0, r1]
    subs    r7, r3, r4
    lsrs    r7, r7, r5
    ldrb    r7, [r6, r7]
    lsls    r7, r7, #1
    bne     .Lmarked
.Lnext:
    adds    r1, r1, r2
    bmi     .Lsample
    pop     {r4}
    mov     r8, r4
    pop     {r4, r5, r6, r7, pc}
.Lmarked:
    add     r7, r8
    strh    r3, [r7]
    subs    r3, r3, r4
    lsrs    r3, r3, r5
    ldrb    r7, [r6, r3]
    adds    r7, r7, #1
    strb    r7, [r6, r3]
    b       .Lnext
    .size   dsp_percentile_collect, . - dsp_percentile_collect

#endif
