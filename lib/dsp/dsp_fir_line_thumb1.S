/* What a FIR filter's line holds in Thumb-1: samples plus 2^15, copied and moved four words at a time. */
#include "cpu.h"

#ifdef CPU_THUMB1

    .syntax unified
    .cpu cortex-m0plus
    .thumb

    .section .text.dsp_fir_core_bias, "ax", %progbits
    .global dsp_fir_core_bias
    .type dsp_fir_core_bias, %function
    .thumb_func
    .balign 4
dsp_fir_core_bias:
    movs r0, #1
    lsls r0, r0, #15
    bx lr
    .size dsp_fir_core_bias, . - dsp_fir_core_bias

    .section .text.dsp_fir_core_load, "ax", %progbits
    .global dsp_fir_core_load
    .type dsp_fir_core_load, %function
    .thumb_func
    .balign 4
dsp_fir_core_load:
    push {r4-r7, lr}
    lsls r2, r2, #1
    lsls r3, r1, #30
    bne 2f
    ldr r3, =0x80008000
1:  subs r2, r2, #16
    bmi 1f
    ldmia r1!, {r4-r7}
    eors r4, r3
    eors r5, r3
    eors r6, r3
    eors r7, r3
    stmia r0!, {r4-r7}
    b 1b
1:  adds r2, r2, #16
2:  ldr r3, =0x8000
    adds r4, r0, r2
3:  cmp r0, r4
    beq 4f
    ldrh r5, [r1]
    eors r5, r3
    strh r5, [r0]
    adds r1, r1, #2
    adds r0, r0, #2
    b 3b
4:  pop {r4-r7, pc}
    .ltorg
    .size dsp_fir_core_load, . - dsp_fir_core_load

    .section .text.dsp_fir_core_move, "ax", %progbits
    .global dsp_fir_core_move
    .type dsp_fir_core_move, %function
    .thumb_func
    .balign 4
dsp_fir_core_move:
    push {r4-r7, lr}
    lsls r1, r1, #1
    lsls r2, r2, #1
    lsls r3, r1, #30
    adds r1, r1, r0
    cmp r3, #0
    bne 2f
1:  subs r2, r2, #16
    bmi 1f
    ldmia r1!, {r4-r7}
    stmia r0!, {r4-r7}
    b 1b
1:  adds r2, r2, #16
2:  adds r4, r0, r2
3:  cmp r0, r4
    beq 4f
    ldrh r5, [r1]
    strh r5, [r0]
    adds r1, r1, #2
    adds r0, r0, #2
    b 3b
4:  pop {r4-r7, pc}
    .size dsp_fir_core_move, . - dsp_fir_core_move

#endif
