/* Sums of products for ARMv6-M: six instructions a product, eight for a wide sum, the same bits as in dsp_dot.c. */
#include "cpu.h"

#ifdef CPU_THUMB1
#include "cpu_thumb1.inc"

/* Both rows by one index, r2, that counts up to 0; the branch goes where there are no products. */
.macro rows none
    lsls    r2, r2, #1
    beq     \none
    adds    r0, r0, r2
    adds    r1, r1, r2
    rsbs    r2, r2, #0
.endm

.macro product
    ldrsh   r4, [r0, r2]
    ldrsh   r5, [r1, r2]
    muls    r4, r5, r4
    adds    r3, r3, r4
.endm

/* int32_t dsp_dot(const int16_t a[], const int16_t b[], uint16_t n) */
function dsp_dot
    push    {r4, r5, lr}
    movs    r3, #0
    rows    2f
1:  product
    adds    r2, #2
    bne     1b
2:  movs    r0, r3
    pop     {r4, r5, pc}

/* int64_t dsp_dot_wide(const int16_t a[], const int16_t b[], uint16_t n): r3 is the sum modulo 2^32, r6 that of the products'
 * upper halves. The sum's upper half is r6 / 2^16, and one more where r3 went round since. */
function dsp_dot_wide
    push    {r4, r5, r6, lr}
    movs    r3, #0
    movs    r6, #0
    rows    2f
1:  product
    asrs    r4, r4, #16
    adds    r6, r6, r4
    adds    r2, #2
    bne     1b
2:  lsls    r2, r6, #16
    asrs    r1, r6, #16
    movs    r0, r3
    cmp     r0, r2
    bhs     3f
    adds    r1, #1
3:  pop     {r4, r5, r6, pc}

#endif
