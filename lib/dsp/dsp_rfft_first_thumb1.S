/* The first passes of the real FFT for ARMv6-M: the same bits as dsp_rfft.c. x may be at any even address, so that its values
 * are loaded and stored one by one; Thumb-1 loads a signed halfword only at the sum of two registers. */
#include "cpu.h"

#ifdef CPU_THUMB1
#include "cpu_thumb1.inc"

/* uint32_t dsp_rfft_tile(const int16_t *from, uint16_t stride, int16_t *to, uint16_t to_stride)
 * r0 from, r1 to, r8 bytes of stride, r9 DSP_RFFT_LONG, r10 lengths. Stack: bytes of to_stride; what r0 goes on by after
 * each column, a byte each: 8, -4, 8, and 1 for the last; a square. Columns 0, 2, 1, 3 fill the rows in order. */
function dsp_rfft_tile
    save
    sub     sp, #12
    lsls    r1, r1, #1
    mov     r8, r1
    lsls    r3, r3, #1
    str     r3, [sp, #0]
    ldr     r3, =0x0108FC08
    str     r3, [sp, #4]
    ldr     r3, =785335
    mov     r9, r3
    mov     r1, r2
    movs    r3, #0
    mov     r10, r3
column:
    movs    r2, #0              /* the real parts */
    ldrsh   r4, [r0, r2]
    add     r2, r8
    ldrsh   r5, [r0, r2]
    add     r2, r8
    ldrsh   r6, [r0, r2]
    add     r2, r8
    ldrsh   r7, [r0, r2]
    subs    r3, r4, r6
    asrs    r3, r3, #1
    mov     r11, r3             /* t1 */
    adds    r4, r4, r6
    asrs    r4, r4, #1          /* t0 */
    subs    r6, r5, r7
    asrs    r6, r6, #1
    mov     r12, r6             /* t3 */
    adds    r5, r5, r7
    asrs    r5, r5, #1          /* t2 */
    subs    r7, r4, r5
    adds    r4, r4, r5
    asrs    r7, r7, #1
    asrs    r4, r4, #1
    strh    r4, [r1, #0]
    strh    r7, [r1, #8]
    muls    r4, r4
    mov     lr, r4
    muls    r7, r7
    str     r7, [sp, #8]
    adds    r2, r2, #2          /* the imaginary parts */
    ldrsh   r7, [r0, r2]
    mov     r3, r8
    subs    r2, r2, r3
    ldrsh   r6, [r0, r2]
    subs    r2, r2, r3
    ldrsh   r5, [r0, r2]
    subs    r2, r2, r3
    ldrsh   r4, [r0, r2]
    subs    r3, r4, r6
    asrs    r3, r3, #1          /* t1 */
    adds    r4, r4, r6
    asrs    r4, r4, #1          /* t0 */
    subs    r6, r5, r7
    asrs    r6, r6, #1          /* t3 */
    adds    r5, r5, r7
    asrs    r5, r5, #1          /* t2 */
    subs    r7, r4, r5
    adds    r4, r4, r5
    asrs    r7, r7, #1
    asrs    r4, r4, #1
    strh    r4, [r1, #2]
    strh    r7, [r1, #10]
    muls    r4, r4
    add     r4, lr
    add     r4, r9
    muls    r7, r7
    ldr     r5, [sp, #8]
    adds    r7, r7, r5
    add     r7, r9
    orrs    r4, r7              /* the lengths of results 0 and 2 */
    mov     r5, r11             /* with a quarter of a turn: real parts of t1, imaginary ones of t3 */
    adds    r7, r5, r6
    subs    r5, r5, r6
    asrs    r7, r7, #1
    asrs    r5, r5, #1
    strh    r7, [r1, #4]
    strh    r5, [r1, #12]
    muls    r7, r7
    add     r7, r9
    muls    r5, r5
    add     r5, r9
    mov     r2, r12             /* and the other way round */
    adds    r6, r3, r2
    subs    r3, r3, r2
    asrs    r6, r6, #1
    asrs    r3, r3, #1
    strh    r3, [r1, #6]
    strh    r6, [r1, #14]
    muls    r3, r3
    adds    r7, r7, r3
    muls    r6, r6
    adds    r5, r5, r6
    orrs    r4, r7
    orrs    r4, r5
    mov     r5, r10
    orrs    r4, r5
    mov     r10, r4
    ldr     r3, [sp, #0]
    adds    r1, r1, r3
    ldr     r3, [sp, #4]
    sxtb    r4, r3
    adds    r0, r0, r4
    lsrs    r3, r3, #8
    str     r3, [sp, #4]
    bne     column
    mov     r0, r10
    add     sp, #12
    restore
    .pool

/* void dsp_rfft_place(const int16_t kept[32], int16_t *to, uint16_t stride)
 * r0 kept, which is at a multiple of 4, r1 to, r2 bytes from row to row, r3 rows to do. */
function dsp_rfft_place
    push    {r4-r7, lr}
    lsls    r2, r2, #1
    movs    r3, #4
    lsrs    r4, r1, #2          /* whole words? */
    bcs     odd
    subs    r2, r2, #16
row:
    ldmia   r0!, {r4-r7}
    stmia   r1!, {r4-r7}
    adds    r1, r1, r2
    subs    r3, r3, #1
    bne     row
    pop     {r4-r7, pc}
odd:
    ldmia   r0!, {r4-r7}
    strh    r4, [r1, #0]
    lsrs    r4, r4, #16
    strh    r4, [r1, #2]
    strh    r5, [r1, #4]
    lsrs    r5, r5, #16
    strh    r5, [r1, #6]
    strh    r6, [r1, #8]
    lsrs    r6, r6, #16
    strh    r6, [r1, #10]
    strh    r7, [r1, #12]
    lsrs    r7, r7, #16
    strh    r7, [r1, #14]
    adds    r1, r1, r2
    subs    r3, r3, #1
    bne     odd
    pop     {r4-r7, pc}

/* \to = the int16 at r0 + \at. Changes r1. */
.macro load to, at
    movs    r1, #\at
    ldrsh   \to, [r0, r1]
.endm

/* Stores half of \a + \b and half of \a - \b. Changes r6, r7. */
.macro halves a, b, sum, difference
    adds    r6, \a, \b
    subs    r7, \a, \b
    asrs    r6, r6, #1
    asrs    r7, r7, #1
    strh    r6, [r0, #\sum]
    strh    r7, [r0, #\difference]
.endm

/* Rounds \b, which is negative and times 2^16, and stores half of what is at \at minus it there, plus it 16 further on. */
.macro rounded b, at
    add     \b, r9
    asrs    \b, \b, #16
    load    r3, \at
    adds    r3, r3, #1
    asrs    r3, r3, #1
    subs    r6, r3, \b
    adds    r3, r3, \b
    strh    r6, [r0, #\at]
    strh    r3, [r0, #\at + 16]
.endm

/* void dsp_rfft_pair(int16_t x[], uint16_t points)
 * r0 x, r5 cos 45 degrees, r8 end of x, r9 one half. An eighth of a turn takes two multiplications. */
function dsp_rfft_pair
    save
    lsls    r1, r1, #2
    adds    r1, r1, r0
    mov     r8, r1
    half    r9, r4
    ldr     r5, =23170
eight:
    load    r2, 0
    load    r3, 16
    halves  r2, r3, 0, 16
    load    r2, 2
    load    r3, 18
    halves  r2, r3, 2, 18
    load    r2, 8               /* a quarter of a turn */
    load    r3, 26
    load    r4, 24
    halves  r2, r3, 8, 24
    load    r2, 10
    halves  r2, r4, 26, 10
    load    r2, 20              /* an eighth */
    load    r3, 22
    adds    r4, r2, r3
    negs    r4, r4
    muls    r4, r5
    subs    r2, r2, r3
    muls    r2, r5
    rounded r4, 4
    rounded r2, 6
    load    r2, 28              /* three */
    load    r3, 30
    subs    r4, r2, r3
    muls    r4, r5
    adds    r2, r2, r3
    muls    r2, r5
    rounded r4, 12
    rounded r2, 14
    adds    r0, r0, #32
    cmp     r0, r8
    bne     eight
    restore
    .pool

#endif
