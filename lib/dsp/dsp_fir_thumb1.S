/* The sums of the FIR filters in Thumb-1: eight outputs at once, so that a tap is loaded once for eight products. Samples in
 * a line have 2^15 more than they are, which makes them unsigned: only those loads have an offset. */
#include "cpu.h"

#ifdef CPU_THUMB1

    .syntax unified
    .cpu cortex-m0plus
    .thumb

    /* dsp_fir_t */
    .equ LINE, 0
    .equ TAPS, 4
    .equ START, 8
    .equ START_INNER, 12
    .equ COUNT, 16
    .equ INNER, 20
    .equ INNER_END, 22
    .equ SHIFT, 24
    .equ FINE, 25

/* One output's sum, r6 or one of the high registers, plus the tap in r1 times the sample at \offset. */
    .macro product sum, offset
    ldrh r0, [r2, #\offset]
    muls r0, r1
    add \sum, r0
    .endm

    .macro eight offset
    product r6, \offset
    product r7, \offset + 2
    product r8, \offset + 4
    product r9, \offset + 6
    product r10, \offset + 8
    product r11, \offset + 10
    product r12, \offset + 12
    product lr, \offset + 14
    .endm

/* The taps in words r3 ... while samples r2 < r4. */
    .macro over
    cmp r2, r4
    beq 2f
1:  ldmia r3!, {r5}
    sxth r1, r5
    eight 0
    asrs r1, r5, #16
    eight 2
    adds r2, r2, #4
    cmp r2, r4
    bne 1b
2:
    .endm

    .macro finer sum
    mov r0, \sum
    asrs r0, r1
    adds r0, r0, r4
    mov \sum, r0
    .endm

/* Shifts, saturates and stores; r1 the shift, r4 out. r0 that does not fit is held after lr is free. */
    .macro output sum, offset
    mov r0, \sum
    asrs r0, r1
    sxth r3, r0
    cmp r3, r0
    beq 1f
    bl hold
1:  strh r0, [r4, #\offset]
    .endm

    .equ SELF_AT, 0
    .equ AT, 4
    .equ OUT_AT, 8
    .equ N_AT, 12
    .equ HOP_AT, 52

    .section .text.dsp_fir_core_run, "ax", %progbits
    .global dsp_fir_core_run
    .type dsp_fir_core_run, %function
    .thumb_func
    .balign 4
dsp_fir_core_run:
    push {r4-r7, lr}
    mov r4, r8
    mov r5, r9
    mov r6, r10
    mov r7, r11
    push {r4-r7}
    lsls r1, r1, #1
    ldr r4, [r0, #LINE]
    adds r1, r1, r4
    push {r0-r3}
    ldr r4, [sp, #HOP_AT]
    cmp r4, #1
    beq group
2:  b singles
group:
    ldr r3, [sp, #N_AT]
    subs r3, r3, #8
    bmi 2b
    str r3, [sp, #N_AT]
    ldr r5, [sp, #SELF_AT]
    ldr r2, [sp, #AT]
    ldr r3, [r5, #TAPS]
    ldrh r4, [r5, #INNER]
    lsls r4, r4, #1
    adds r4, r4, r2
    ldr r6, [r5, #START]
    ldrb r0, [r5, #FINE]
    cmp r0, #0
    bne 1f
    b whole
1:
    mov r7, r6
    mov r8, r6
    mov r9, r6
    mov r10, r6
    mov r11, r6
    mov r12, r6
    mov lr, r6
    over
    ldr r5, [sp, #SELF_AT]
    ldr r0, [sp, #AT]
    ldrh r4, [r5, #INNER_END]
    lsls r4, r4, #1
    adds r2, r0, r4
    ldr r3, [r5, #TAPS]
    adds r3, r3, r4
    ldrh r4, [r5, #COUNT]
    lsls r4, r4, #1
    adds r4, r4, r0
    over
    ldr r5, [sp, #SELF_AT]
    ldrb r1, [r5, #FINE]
    ldr r4, [r5, #START_INNER]
    asrs r6, r1
    adds r6, r6, r4
    asrs r7, r1
    adds r7, r7, r4
    finer r8
    finer r9
    finer r10
    finer r11
    finer r12
    finer lr
    ldr r0, [sp, #AT]
    ldrh r3, [r5, #INNER]
    lsls r3, r3, #1
    adds r2, r0, r3
    ldr r1, [r5, #TAPS]
    adds r3, r3, r1
    ldrh r4, [r5, #INNER_END]
    lsls r4, r4, #1
    adds r4, r4, r0
    b inner
whole: /* all taps are inner ones */
    ldrh r4, [r5, #COUNT]
    lsls r4, r4, #1
    adds r4, r4, r2
    ldr r0, [r5, #START_INNER]
    adds r6, r6, r0
    mov r7, r6
    mov r8, r6
    mov r9, r6
    mov r10, r6
    mov r11, r6
    mov r12, r6
    mov lr, r6
inner:
    over
    ldr r5, [sp, #SELF_AT]
    ldrb r1, [r5, #SHIFT]
    ldr r4, [sp, #OUT_AT]
    output lr, 14
    output r6, 0
    output r7, 2
    output r8, 4
    output r9, 6
    output r10, 8
    output r11, 10
    output r12, 12
    adds r4, r4, #16
    str r4, [sp, #OUT_AT]
    ldr r2, [sp, #AT]
    adds r2, r2, #16
    str r2, [sp, #AT]
    b group

/* One output at a time: r6 the sum. */
    .macro one
    cmp r2, r4
    beq 2f
1:  ldmia r3!, {r5}
    sxth r1, r5
    product r6, 0
    asrs r1, r5, #16
    product r6, 2
    adds r2, r2, #4
    cmp r2, r4
    bne 1b
2:
    .endm

singles:
    ldr r3, [sp, #N_AT]
    subs r3, r3, #1
    bmi done
    str r3, [sp, #N_AT]
    ldr r7, [sp, #SELF_AT]
    ldr r2, [sp, #AT]
    ldr r3, [r7, #TAPS]
    ldr r6, [r7, #START]
    ldrh r4, [r7, #INNER]
    lsls r4, r4, #1
    adds r4, r4, r2
    one
    ldr r0, [sp, #AT]
    ldrh r4, [r7, #INNER_END]
    lsls r4, r4, #1
    adds r2, r0, r4
    ldr r3, [r7, #TAPS]
    adds r3, r3, r4
    ldrh r4, [r7, #COUNT]
    lsls r4, r4, #1
    adds r4, r4, r0
    one
    ldrb r1, [r7, #FINE]
    asrs r6, r1
    ldr r4, [r7, #START_INNER]
    adds r6, r6, r4
    ldr r0, [sp, #AT]
    ldrh r3, [r7, #INNER]
    lsls r3, r3, #1
    adds r2, r0, r3
    ldr r1, [r7, #TAPS]
    adds r3, r3, r1
    ldrh r4, [r7, #INNER_END]
    lsls r4, r4, #1
    adds r4, r4, r0
    one
    ldrb r1, [r7, #SHIFT]
    ldr r4, [sp, #OUT_AT]
    output r6, 0
    adds r4, r4, #2
    str r4, [sp, #OUT_AT]
    ldr r2, [sp, #AT]
    ldr r3, [sp, #HOP_AT]
    lsls r3, r3, #1
    adds r2, r2, r3
    str r2, [sp, #AT]
    b singles
done:
    add sp, #16
    pop {r4-r7}
    mov r8, r4
    mov r9, r5
    mov r10, r6
    mov r11, r7
    pop {r4-r7, pc}

/* r0 to the end of int16 on its side. */
    .thumb_func
hold:
    asrs r0, r0, #31
    ldr r3, =0x7fff
    eors r0, r3
    bx lr
    .ltorg
    .size dsp_fir_core_run, . - dsp_fir_core_run

#endif
