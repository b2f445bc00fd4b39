/* The sums of the FIR filters with the DSP extension: four outputs at once, two taps a multiplication. In a window that
 * begins between words, every second output has its pairs of samples on words, the others between them. */
#include "cpu.h"

#ifdef CPU_SIMD

    .syntax unified
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

    .section .text.dsp_fir_core_bias, "ax", %progbits
    .global dsp_fir_core_bias
    .type dsp_fir_core_bias, %function
    .thumb_func
    .balign 4
dsp_fir_core_bias:
    movs r0, #0
    bx lr
    .size dsp_fir_core_bias, . - dsp_fir_core_bias

    .section .text.dsp_fir_core_load, "ax", %progbits
    .global dsp_fir_core_load
    .type dsp_fir_core_load, %function
    .thumb_func
    .balign 4
dsp_fir_core_load:
    push {r4-r6, lr}
    tst r1, #3
    bne 2f
1:  subs r2, r2, #8
    bmi 1f
    ldmia r1!, {r3-r6}
    stmia r0!, {r3-r6}
    b 1b
1:  adds r2, r2, #8
2:  cbz r2, 4f
3:  ldrh r3, [r1], #2
    strh r3, [r0], #2
    subs r2, r2, #1
    bne 3b
4:  pop {r4-r6, pc}
    .size dsp_fir_core_load, . - dsp_fir_core_load

    .section .text.dsp_fir_core_move, "ax", %progbits
    .global dsp_fir_core_move
    .type dsp_fir_core_move, %function
    .thumb_func
    .balign 4
dsp_fir_core_move:
    add r1, r0, r1, lsl #1
    b dsp_fir_core_load
    .size dsp_fir_core_move, . - dsp_fir_core_move

/* r0 samples - 2 bytes, r1 taps, r2 the end of r0, r3 and r12 taps, r4 ... r7 the sums, r8 and r10 the pairs between words,
 * r9 and r11 those on words. A window begins at r0 + 2: r8 is there, r9 behind it by a sample. */
    .macro over
    ldr r8, [r0, #2]
    ldr r9, [r0, #4]
    subs r2, r2, #8
    cmp r0, r2
    bhi 2f
1:  ldrd r3, r12, [r1], #8
    smlad r4, r8, r3, r4
    smlad r5, r9, r3, r5
    ldrd r11, r9, [r0, #8]!
    ldr r10, [r0, #-2]
    smlad r6, r10, r3, r6
    ldr r8, [r0, #2]
    smlad r7, r11, r3, r7
    smlad r4, r10, r12, r4
    smlad r5, r11, r12, r5
    smlad r6, r8, r12, r6
    smlad r7, r9, r12, r7
    cmp r0, r2
    bls 1b
2:  adds r2, r2, #8
    cmp r0, r2
    beq 3f /* else two taps are left */
    ldr r3, [r1], #4
    ldr r10, [r0, #6]
    ldr r11, [r0, #8]
    smlad r4, r8, r3, r4
    smlad r5, r9, r3, r5
    smlad r6, r10, r3, r6
    smlad r7, r11, r3, r7
    adds r0, r0, #4
3:
    .endm

/* The sums shifted, held to int16 and stored; on to the next four, or past them where there are none. */
    .macro outputs group
    ldrd r0, r1, [sp, #AT]
    ldrb r3, [lr, #SHIFT]
    cmp r3, #15
    bne 2f
    ssat r4, #16, r4, asr #15
    ssat r5, #16, r5, asr #15
    ssat r6, #16, r6, asr #15
    ssat r7, #16, r7, asr #15
1:  pkhbt r4, r4, r5, lsl #16
    pkhbt r6, r6, r7, lsl #16
    str r4, [r1], #4
    str r6, [r1], #4
    adds r0, r0, #8
    strd r0, r1, [sp, #AT]
    ldr r2, [sp, #END]
    cmp r0, r2
    bne \group
    b singles
2:  asrs r4, r3
    asrs r5, r3
    asrs r6, r3
    asrs r7, r3
    ssat r4, #16, r4
    ssat r5, #16, r5
    ssat r6, #16, r6
    ssat r7, #16, r7
    b 1b
    .endm

    .equ AT, 0
    .equ OUT_AT, 4
    .equ END, 8
    .equ LEFT, 12 /* from here in bytes: of the outer taps before, of the gap, of the outer taps behind, back, of the inner */
    .equ GAP, 16
    .equ RIGHT, 20
    .equ BACK, 24
    .equ MIDDLE, 28
    .equ N_AT, 32
    .equ FRAME, 40
    .equ HOP_AT, FRAME + 36

    .section .text.dsp_fir_core_run, "ax", %progbits
    .global dsp_fir_core_run
    .type dsp_fir_core_run, %function
    .thumb_func
    .balign 4
dsp_fir_core_run:
    push {r4-r11, lr}
    sub sp, #FRAME
    mov lr, r0
    ldr r0, [r0, #LINE]
    add r0, r0, r1, lsl #1
    subs r0, r0, #2
    strd r0, r2, [sp, #AT]
    str r3, [sp, #N_AT]
    ldrh r5, [lr, #COUNT]
    ldr r4, [sp, #HOP_AT]
    cmp r4, #1
    it eq
    tsteq r0, #3
    bne singles
    bics r4, r3, #3
    beq singles
    and r3, r3, #3
    str r3, [sp, #N_AT]
    add r4, r0, r4, lsl #1
    str r4, [sp, #END]
    ldrh r6, [lr, #INNER]
    ldrh r7, [lr, #INNER_END]
    lsls r2, r6, #1
    str r2, [sp, #LEFT]
    subs r2, r7, r6
    lsls r2, r2, #1
    str r2, [sp, #GAP]
    str r2, [sp, #MIDDLE]
    subs r2, r5, r7
    lsls r2, r2, #1
    str r2, [sp, #RIGHT]
    subs r2, r6, r5
    lsls r2, r2, #1
    str r2, [sp, #BACK]
    ldrb r3, [lr, #FINE]
    cmp r3, #0
    bne split
whole: /* all taps are inner ones */
    ldr r1, [lr, #TAPS]
    ldr r4, [lr, #START]
    ldrh r2, [lr, #COUNT]
    mov r5, r4
    mov r6, r4
    mov r7, r4
    add r2, r0, r2, lsl #1
    over
    outputs whole
split:
    ldr r1, [lr, #TAPS]
    ldr r4, [lr, #START]
    ldr r2, [sp, #LEFT]
    mov r5, r4
    mov r6, r4
    mov r7, r4
    add r2, r2, r0
    over
    ldrd r3, r2, [sp, #GAP]
    add r0, r0, r3
    add r1, r1, r3
    add r2, r2, r0
    over
    ldrb r10, [lr, #FINE]
    ldrd r3, r2, [sp, #BACK]
    asr r4, r4, r10
    asr r5, r5, r10
    asr r6, r6, r10
    asr r7, r7, r10
    add r0, r0, r3
    add r1, r1, r3
    add r2, r2, r0
    over
    outputs split

/* One output at a time, wherever its window begins: r4 the sum. */
    .macro one
    cmp r0, r2
    beq 2f
1:  ldr r3, [r1], #4
    ldr r5, [r0], #4
    smlad r4, r5, r3, r4
    cmp r0, r2
    bne 1b
2:
    .endm

singles:
    ldr r3, [sp, #N_AT]
    ldr r7, [sp, #AT]
    ldr r8, [sp, #OUT_AT]
    ldr r9, [sp, #HOP_AT]
    ldrh r10, [lr, #INNER]
    ldrh r11, [lr, #INNER_END]
    adds r6, r7, #2
    mov r12, r3
next:
    subs r12, r12, #1
    bmi done
    ldr r4, [lr, #START]
    mov r0, r6
    ldr r1, [lr, #TAPS]
    add r2, r6, r10, lsl #1
    one
    add r0, r6, r11, lsl #1
    ldr r1, [lr, #TAPS]
    add r1, r1, r11, lsl #1
    ldrh r2, [lr, #COUNT]
    add r2, r6, r2, lsl #1
    one
    ldrb r3, [lr, #FINE]
    asrs r4, r3
    add r0, r6, r10, lsl #1
    ldr r1, [lr, #TAPS]
    add r1, r1, r10, lsl #1
    add r2, r6, r11, lsl #1
    one
    ldrb r3, [lr, #SHIFT]
    asrs r4, r3
    ssat r4, #16, r4
    strh r4, [r8], #2
    add r6, r6, r9, lsl #1
    b next
done:
    add sp, #FRAME
    pop {r4-r11, pc}
    .size dsp_fir_core_run, . - dsp_fir_core_run

#endif
