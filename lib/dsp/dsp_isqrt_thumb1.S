/* dsp_isqrt for cores with Thumb-1: one bit a turn of 6 or 8 instructions. */
#include "cpu.h"

#ifdef CPU_THUMB1

    .syntax unified
    .thumb

/* r0 what is left of the value, r1 root, r2 bit, r3 trial. */
    .section .text.dsp_isqrt, "ax", %progbits
    .global dsp_isqrt
    .type   dsp_isqrt, %function
    .thumb_func
dsp_isqrt:
    movs    r1, #0
    movs    r2, #1
    lsls    r2, r2, #30
1:  adds    r3, r1, r2
    lsrs    r1, r1, #1
    cmp     r0, r3
    bcc     2f
    subs    r0, r0, r3
    orrs    r1, r2
2:  lsrs    r2, r2, #2
    bne     1b
    movs    r0, r1
    bx      lr
    .size   dsp_isqrt, . - dsp_isqrt

#endif
