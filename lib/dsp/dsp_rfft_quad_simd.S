/* The radix-4 pass of the real FFT, and the copy of a tile, for cores that take a complex value as one word: the same bits
 * as dsp_rfft.c, with all that the loop needs in registers. x is at an even address: single words may be loaded there, not
 * several at once. */
#include "cpu.h"

#ifdef CPU_SIMD

    .syntax unified
    .thumb

/* \pair = half of (\pair of z) times (\w.re - j \w.im), rounded. */
.macro turned w, at:vararg
    ldr     r7, [\at]
    smlad   r8, \w, r7, r10
    smlsdx  \w, \w, r7, r10
    pkhtb   \w, \w, r8, asr #16
.endm

/* void dsp_rfft_quad(int16_t x[], uint16_t points, uint16_t done, const uint32_t *twiddles)
 * r0 x, r1 end of x, r2 done, r3 twiddles, r9 end of the block, r10 one half, r11 twos, r12 bytes of three blocks,
 * lr the first twiddle. */
    .section .text.dsp_rfft_quad, "ax", %progbits
    .global dsp_rfft_quad
    .type   dsp_rfft_quad, %function
    .thumb_func
dsp_rfft_quad:
    push    {r4-r11, lr}
    add     r1, r0, r1, lsl #2
    mov     r10, #0x8000
    mov     r11, #0x20002
    add     r12, r2, r2, lsl #1
    lsl     r12, r12, #2
    mov     lr, r3
block:
    mov     r3, lr
    add     r9, r0, r2, lsl #2
four:
    ldm     r3!, {r4-r6}
    turned  r4, r0, r2, lsl #2
    turned  r5, r0, r2, lsl #3
    turned  r6, r0, r12
    ldr     r7, [r0]
    shadd16 r7, r7, r11
    ssub16  r8, r7, r4          /* the twiddles are negative: what would be added is subtracted */
    sadd16  r7, r7, r4
    sadd16  r4, r5, r6
    ssub16  r5, r5, r6
    shasx   r6, r7, r5
    str     r6, [r0, r2, lsl #2]
    shsax   r7, r7, r5
    str     r7, [r0, r12]
    shadd16 r6, r8, r4
    str     r6, [r0, r2, lsl #3]
    shsub16 r8, r8, r4
    str     r8, [r0], #4
    cmp     r0, r9
    bne     four
    add     r0, r0, r12
    cmp     r0, r1
    bne     block
    pop     {r4-r11, pc}
    .size   dsp_rfft_quad, . - dsp_rfft_quad

/* void dsp_rfft_place(const int16_t kept[32], int16_t *to, uint16_t stride)
 * r0 kept, which is at a multiple of 4, r1 to, r2 bytes from row to row. */
    .section .text.dsp_rfft_place, "ax", %progbits
    .global dsp_rfft_place
    .type   dsp_rfft_place, %function
    .thumb_func
dsp_rfft_place:
    push    {r4-r5, lr}
    lsl     r2, r2, #1
.rept 4
    ldm     r0!, {r3-r5, r12}
    str     r4, [r1, #4]
    str     r5, [r1, #8]
    str     r12, [r1, #12]
    str     r3, [r1]
    add     r1, r1, r2
.endr
    pop     {r4-r5, pc}
    .size   dsp_rfft_place, . - dsp_rfft_place

#endif
