/* A section in Thumb-1: the sums as in dsp_biquad_section.c, all numbers in registers. */
#include "cpu.h"

#ifdef CPU_THUMB1

    .syntax unified
    .cpu cortex-m0plus
    .thumb

/* r0: a product, r1: x, r2: s1 and the sum, r4: y, r5 and r7: the ends of in and out, r6: minus what is left of them.
 * r8 b0, r9 b1, r10 b2, r11 a1, r12 a2. */
    .macro sum
    ldrsh r1, [r5, r6]
    mov r0, r8
    muls r0, r1
    adds r2, r2, r0
    .endm

/* r2 holds the rest and s2: add what x and y give. */
    .macro recur
    mov r0, r9
    muls r0, r1
    adds r2, r2, r0
    mov r0, r11
    muls r0, r4
    adds r2, r2, r0
    .endm

/* After push {r4-r7, lr}, push of four high registers: r0 self, r1 section, r2 in, r3 out, n on the stack. */
    .macro enter
    push {r4-r7, lr}
    mov r4, r8
    mov r5, r9
    mov r6, r10
    mov r7, r11
    push {r0, r4-r7}
    ldr r6, [sp, #40]
    lsls r6, r6, #1
    adds r5, r2, r6
    adds r7, r3, r6
    rsbs r6, r6, #0
    ldr r2, [r1]
    mov r8, r2
    ldr r2, [r1, #4]
    mov r9, r2
    ldr r2, [r1, #8]
    mov r10, r2
    ldr r2, [r1, #12]
    mov r11, r2
    ldr r2, [r1, #16]
    mov r12, r2
    ldr r2, [r0]
    ldr r3, [r0, #4]
    .endm

/* s1 in r2, s2 in r3. */
    .macro leave
    pop {r0, r4-r7}
    str r2, [r0]
    str r3, [r0, #4]
    mov r8, r4
    mov r9, r5
    mov r10, r6
    mov r11, r7
    pop {r4-r7, pc}
    .endm

/* The output is y. r3: s2; lr: 1 in Q14. */
    .macro inner negative
    sum
    asrs r4, r2, #14
    strh r4, [r7, r6]
    .if \negative
    subs r2, r3, r2
    add r2, lr
    .else
    adds r2, r2, r3
    .endif
    recur
    mov r3, r10
    muls r3, r1
    mov r0, r12
    muls r0, r4
    adds r3, r3, r0
    adds r6, r6, #2
    .endm

    .section .text.dsp_biquad_section_inner, "ax", %progbits
    .global dsp_biquad_section_inner
    .type dsp_biquad_section_inner, %function
    .thumb_func
    .balign 4
dsp_biquad_section_inner:
    enter
    ldr r4, [r1, #20]
    movs r0, #1
    lsls r0, r0, #14
    mov lr, r0
    cmp r4, #0
    blt 2f
1:  inner 0
    bne 1b
    b 3f
2:  inner 1
    bne 2b
3:  leave
    .size dsp_biquad_section_inner, . - dsp_biquad_section_inner

/* The output has more bits of the sum. r3: the shift; lr: s2; on the stack: the section's centre. */
    .macro last negative
    sum
    ldr r0, [sp]
    adds r0, r0, r2
    asrs r0, r3
    sxth r4, r0
    cmp r4, r0
    bne 4f
5:  strh r0, [r7, r6]
    asrs r4, r2, #14
    .if \negative
    mov r0, lr
    subs r2, r0, r2
    ldr r0, =0x4000
    adds r2, r2, r0
    .else
    add r2, lr
    .endif
    recur
    mov r0, r10
    muls r1, r0
    mov r0, r12
    muls r0, r4
    adds r0, r0, r1
    mov lr, r0
    adds r6, r6, #2
    .endm

/* r0, which does not fit int16, to the end on its side. */
    .macro hold
4:  asrs r0, r0, #31
    ldr r4, =0x7fff
    eors r0, r4
    b 5b
    .endm

    .section .text.dsp_biquad_section_last, "ax", %progbits
    .global dsp_biquad_section_last
    .type dsp_biquad_section_last, %function
    .thumb_func
    .balign 4
dsp_biquad_section_last:
    enter
    mov lr, r3
    ldr r3, [r1, #24]
    ldr r4, [r1, #20]
    ldr r0, [r1, #28]
    push {r0}
    cmp r4, #0
    blt 2f
1:  last 0
    bne 1b
    b 3f
    hold
2:  last 1
    bne 2b
3:  mov r3, lr
    pop {r0}
    leave
    hold
    .ltorg
    .size dsp_biquad_section_last, . - dsp_biquad_section_last

#endif
