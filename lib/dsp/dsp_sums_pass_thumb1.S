/* dsp_sums_pass for cores with Thumb-1: 12 instructions a sample and 3 a turning point, only where min and max need a look.
 * Sums that are only added to live in high registers. */
#include "cpu.h"

#ifdef CPU_THUMB1

    .syntax unified
    .thumb

/* r0 end of the block, r1 index in bytes up to 0, r2 stride in bytes, r3 and r4 in turn the sample and the one before, r5
 * scratch, r7:r6 energy, r8 sum, r9 positive, r10 rise, r11 min, r12 max. */
    .macro sums now
    add     r8, \now
    movs    r5, \now
    bmi     1f
    add     r9, \now
1:  muls    r5, \now, r5
    adds    r6, r6, r5
    bcc     2f
    adds    r7, r7, #1
2:  adds    r1, r1, r2
    .endm

/* One sample of a signal that was falling, and one of a signal that was rising; `other` is where it turns. */
    .macro falls here, now, last, next, other
\here:
    ldrsh   \now, [r0, r1]
    subs    r5, \now, \last
    bgt     3f
\here\()_goes_on:
    sums    \now
    bmi     \next
    cmp     \now, r11
    bge     .Ldone
    mov     r11, \now
    b       .Ldone
3:  cmp     \last, r11
    bge     \other\()_goes_on
    mov     r11, \last
    b       \other\()_goes_on
    .endm

    .macro rises here, now, last, next, other
\here:
    ldrsh   \now, [r0, r1]
    subs    r5, \now, \last
    blt     3f
\here\()_goes_on:
    add     r10, r5
    sums    \now
    bmi     \next
    cmp     \now, r12
    ble     .Ldone
    mov     r12, \now
    b       .Ldone
3:  cmp     \last, r12
    ble     \other\()_goes_on
    mov     r12, \last
    b       \other\()_goes_on
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
    falls   .Lfalls_odd, r3, r4, .Lfalls_even, .Lrises_odd
    falls   .Lfalls_even, r4, r3, .Lfalls_odd, .Lrises_even
    rises   .Lrises_odd, r3, r4, .Lrises_even, .Lfalls_odd
    rises   .Lrises_even, r4, r3, .Lrises_odd, .Lfalls_even
.Ldone:
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
