/* The inner loop of the filter banks for ARMv6-M: seventeen instructions a bin, the same bits as dsp_bands_between.c. */
#include "cpu.h"

#ifdef CPU_THUMB1

    .syntax unified
    .cpu cortex-m0plus
    .thumb

/* uint32_t dsp_bands_between(const int16_t *pair, const uint16_t *rising_q16, uint16_t count, uint32_t *rising) */
    .section .text.dsp_bands_between, "ax", %progbits
    .align 2
    .global dsp_bands_between
    .type dsp_bands_between, %function
    .thumb_func
dsp_bands_between:
    push    {r3, r4, r5, r6, r7, lr}
    movs    r3, r1              /* weights */
    movs    r5, #0              /* rising */
    mov     ip, r5              /* total */
    lsls    r2, r2, #2
    beq     2f
    adds    r0, r0, r2          /* the end of the real parts; r2 counts up to 0 */
    adds    r1, r0, #2          /* of the imaginary ones */
    rsbs    r2, r2, #0
1:  ldrsh   r6, [r0, r2]
    muls    r6, r6, r6
    ldrsh   r7, [r1, r2]
    muls    r7, r7, r7
    adds    r6, r6, r7          /* power */
    add     ip, r6
    ldrh    r4, [r3]
    adds    r3, #2
    uxth    r7, r6              /* its halves times the weight: no product needs more than 32 bits */
    muls    r7, r4, r7
    lsrs    r7, r7, #16
    adds    r5, r5, r7
    lsrs    r6, r6, #16
    muls    r6, r4, r6
    adds    r5, r5, r6
    adds    r2, #4
    bne     1b
2:  pop     {r3}
    str     r5, [r3]
    mov     r0, ip
    pop     {r4, r5, r6, r7, pc}
    .size dsp_bands_between, . - dsp_bands_between

#endif
