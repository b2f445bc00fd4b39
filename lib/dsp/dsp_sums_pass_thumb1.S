/* dsp_sums_pass for cores with Thumb-1: about 14 instructions a sample. Sums that are only added to live in high registers. */
#include "cpu.h"

#ifdef CPU_THUMB1

    .syntax unified
    .thumb

/* r0 end of the block, r1 index in bytes up to 0, r2 stride in bytes, r3 and r4 in turn the sample and the one before, r5
 * scratch, r7:r6 energy, r8 sum, r9 positive, r10 rise, r11 min, r12 max. */
    .macro step now, last
    ldrsh   \now, [r0, r1]
    subs    r5, \now, \last
    bgt     1f
    cmp     \now, r11
    blt     2f
0:  add     r8, \now
    movs    r5, \now
    bmi     3f
    add     r9, \now
3:  muls    r5, \now, r5
    adds    r6, r6, r5
    bcc     4f
    adds    r7, r7, #1
4:  adds    r1, r1, r2
    .endm

/* What `step` branches to: it rises, so that it may be a new maximum but no new minimum; a new minimum. */
    .macro turn now
1:  add     r10, r5
    cmp     \now, r12
    ble     0b
    mov     r12, \now
    b       0b
2:  mov     r11, \now
    b       0b
    .endm

    .section .text.dsp_sums_pass, "ax", %progbits
    .global dsp_sums_pass
    .type   dsp_sums_pass, %function
    .thumb_func
dsp_sums_pass:
    push    {r3, r4, r5, r6, r7, lr}
    mov     r4, r8
    mov     r5, r9
    mov     r6, r10
    mov     r7, r11
    push    {r4, r5, r6, r7}
    lsls    r2, r2, #1
    muls    r1, r2, r1
    adds    r0, r0, r1
    rsbs    r1, r1, #0
    movs    r6, #0
    movs    r7, #0
    mov     r8, r6
    mov     r9, r6
    mov     r10, r6
    ldrsh   r4, [r0, r1]
    mov     r11, r4
    mov     r12, r4
odd:
    step    r3, r4
    bmi     even
    b       done
    turn    r3
even:
    step    r4, r3
    bmi     odd
    b       done
    turn    r4
done:
    ldr     r0, [sp, #16]
    str     r6, [r0, #0]
    str     r7, [r0, #4]
    mov     r3, r8
    str     r3, [r0, #8]
    mov     r3, r9
    str     r3, [r0, #12]
    mov     r3, r10
    str     r3, [r0, #16]
    mov     r3, r11
    strh    r3, [r0, #20]
    mov     r3, r12
    strh    r3, [r0, #22]
    pop     {r4, r5, r6, r7}
    mov     r8, r4
    mov     r9, r5
    mov     r10, r6
    mov     r11, r7
    pop     {r3, r4, r5, r6, r7, pc}
    .size   dsp_sums_pass, . - dsp_sums_pass

#endif
