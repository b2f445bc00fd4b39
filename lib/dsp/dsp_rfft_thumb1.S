/* The later passes of the real FFT for ARMv6-M: the same bits as dsp_rfft.c. x may be at any even address, so that its values
 * are loaded and stored one by one; Thumb-1 loads a signed halfword only at the sum of two registers. */
#include "cpu.h"

#ifdef CPU_THUMB1
#include "cpu_thumb1.inc"

/* r1, r6 = half of (r4, r5) times (w.re - j w.im), rounded; w is the next word at r2. r8 is one half. Changes r4 ... r7. */
.macro turned
    ldmia   r2!, {r6}
    asrs    r7, r6, #16
    sxth    r6, r6
    mov     r1, r4
    muls    r1, r6
    muls    r6, r5
    muls    r5, r7
    muls    r4, r7
    adds    r1, r1, r5
    add     r1, r8
    asrs    r1, r1, #16
    subs    r6, r6, r4
    add     r6, r8
    asrs    r6, r6, #16
.endm

/* void dsp_rfft_quad(int16_t x[], uint16_t points, uint16_t done, const uint32_t *twiddles)
 * r0 x, r2 twiddles, r9 and r10 bytes of one and of two blocks, r11 end of the block. Stack: s0, s1, the first twiddle,
 * end of x. */
function dsp_rfft_quad
    save
    sub     sp, #24
    lsls    r1, r1, #2
    adds    r1, r1, r0
    str     r1, [sp, #20]
    lsls    r2, r2, #2
    mov     r9, r2
    lsls    r2, r2, #1
    mov     r10, r2
    half    r8, r4
    str     r3, [sp, #16]
block:
    ldr     r2, [sp, #16]
    mov     r3, r9
    adds    r3, r3, r0
    mov     r11, r3
four:
    mov     r3, r9              /* c */
    ldrsh   r4, [r0, r3]
    adds    r3, r3, #2
    ldrsh   r5, [r0, r3]
    turned
    movs    r4, #0              /* a; the twiddles are negative: what would be added is subtracted */
    ldrsh   r4, [r0, r4]
    adds    r4, r4, #2
    asrs    r4, r4, #1
    movs    r5, #2
    ldrsh   r5, [r0, r5]
    adds    r5, r5, #2
    asrs    r5, r5, #1
    subs    r7, r4, r1
    str     r7, [sp, #0]
    subs    r7, r5, r6
    str     r7, [sp, #4]
    adds    r4, r4, r1
    str     r4, [sp, #8]
    adds    r5, r5, r6
    str     r5, [sp, #12]
    add     r3, r9              /* b */
    ldrsh   r5, [r0, r3]
    subs    r3, r3, #2
    ldrsh   r4, [r0, r3]
    turned
    mov     r12, r1
    mov     lr, r6
    add     r3, r9              /* d */
    ldrsh   r4, [r0, r3]
    adds    r3, r3, #2
    ldrsh   r5, [r0, r3]
    turned
    mov     r4, r12
    adds    r5, r4, r1          /* real part of s2 */
    subs    r4, r4, r1          /* of s3 */
    mov     r3, lr
    adds    r7, r3, r6          /* imaginary part of s2 */
    subs    r3, r3, r6          /* of s3 */
    ldr     r6, [sp, #0]
    subs    r1, r6, r5
    asrs    r1, r1, #1
    strh    r1, [r0, #0]
    adds    r6, r6, r5
    asrs    r6, r6, #1
    mov     r5, r10
    adds    r5, r5, r0
    strh    r6, [r5, #0]
    ldr     r6, [sp, #4]
    subs    r1, r6, r7
    asrs    r1, r1, #1
    strh    r1, [r0, #2]
    adds    r6, r6, r7
    asrs    r6, r6, #1
    strh    r6, [r5, #2]
    mov     r7, r9
    adds    r5, r5, r7
    adds    r7, r7, r0
    ldr     r6, [sp, #8]
    subs    r1, r6, r3
    asrs    r1, r1, #1
    strh    r1, [r7, #0]
    adds    r6, r6, r3
    asrs    r6, r6, #1
    strh    r6, [r5, #0]
    ldr     r6, [sp, #12]
    adds    r1, r6, r4
    asrs    r1, r1, #1
    strh    r1, [r7, #2]
    subs    r6, r6, r4
    asrs    r6, r6, #1
    strh    r6, [r5, #2]
    adds    r0, r0, #4
    cmp     r0, r11
    bne     four
    add     r0, r9
    add     r0, r10
    ldr     r3, [sp, #20]
    cmp     r0, r3
    bne     block
    add     sp, #24
    restore

/* void dsp_rfft_split(int16_t x[], uint16_t points, const uint32_t *twiddles)
 * r0 and r1 the two bins, r2 twiddles, r8, r9, r11, r12 real and imaginary parts of both times 2^15, r10 one half. */
function dsp_rfft_split
    save
    lsls    r1, r1, #2
    adds    r1, r1, r0
    subs    r1, r1, #4
    adds    r0, r0, #4
    adds    r2, r2, #4
    half    r10, r4
bins:
    movs    r3, #2
    ldrsh   r6, [r0, r3]
    ldrsh   r7, [r1, r3]
    movs    r3, #0
    ldrsh   r4, [r0, r3]
    ldrsh   r5, [r1, r3]
    subs    r3, r4, r5          /* the difference of the real parts */
    lsls    r4, r4, #15
    mov     r8, r4
    lsls    r5, r5, #15
    mov     r9, r5
    adds    r4, r6, r7          /* the sum of the imaginary ones */
    lsls    r6, r6, #15
    mov     r11, r6
    lsls    r7, r7, #15
    mov     r12, r7
    ldmia   r2!, {r5}
    asrs    r6, r5, #16
    sxth    r5, r5
    mov     r7, r3
    muls    r7, r5
    muls    r3, r6
    muls    r6, r4
    muls    r5, r4
    subs    r6, r6, r7          /* what turns the real parts */
    adds    r3, r3, r5          /* and the imaginary ones */
    mov     r7, r10
    mov     r4, r8
    adds    r4, r4, r6
    adds    r4, r4, r7
    asrs    r4, r4, #16
    strh    r4, [r0, #0]
    mov     r4, r9
    subs    r4, r4, r6
    adds    r4, r4, r7
    asrs    r4, r4, #16
    strh    r4, [r1, #0]
    subs    r3, r3, r7
    mov     r4, r11
    subs    r4, r4, r3
    asrs    r4, r4, #16
    strh    r4, [r0, #2]
    mov     r4, r12
    subs    r4, r4, r3
    asrs    r4, r4, #16
    strh    r4, [r1, #2]
    adds    r0, r0, #4
    subs    r1, r1, #4
    cmp     r0, r1
    blo     bins
    restore

#endif
