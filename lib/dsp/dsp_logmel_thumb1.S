/* The inner loops of the log-mel frame for ARMv6-M, the same bits as in dsp_logmel.c. */
#include "cpu.h"

#ifdef CPU_THUMB1
#include "cpu_thumb1.inc"

/* uint32_t dsp_logmel_used(const int16_t x[], uint16_t n): four words a turn from a 4-byte boundary, else one sample. */
function dsp_logmel_used
    push    {r4, r5, r6, r7, lr}
    movs    r2, #0
    lsls    r3, r0, #30
    bne     2f
1:  ldmia   r0!, {r3, r4, r5, r6}
    lsls    r7, r3, #1
    eors    r3, r3, r7
    orrs    r2, r2, r3
    lsls    r7, r4, #1
    eors    r4, r4, r7
    orrs    r2, r2, r4
    lsls    r7, r5, #1
    eors    r5, r5, r7
    orrs    r2, r2, r5
    lsls    r7, r6, #1
    eors    r6, r6, r7
    orrs    r2, r2, r6
    subs    r1, #8
    bne     1b
    b       3f
2:  ldrh    r3, [r0]
    adds    r0, #2
    lsls    r7, r3, #1
    eors    r3, r3, r7
    uxth    r3, r3
    orrs    r2, r2, r3
    subs    r1, #1
    bne     2b
3:  lsrs    r0, r2, #16
    orrs    r0, r0, r2
    uxth    r0, r0
    pop     {r4, r5, r6, r7, pc}

/* void dsp_logmel_window(int16_t x[], uint16_t n, const uint32_t *table, uint8_t shift, int32_t mean_q15) */
function dsp_logmel_window
    save
    mov     r8, r2              /* table */
    ldr     r4, [sp, #36]       /* mean */
    adds    r3, #1
    mov     r11, r3             /* shift + 1 */
    movs    r5, #1
    lsls    r5, r5, #15
    subs    r5, r5, r4
    mov     r10, r5             /* swing */
    lsls    r4, r3
    mov     r9, r4              /* mean, Q16, shifted up */
    adds    r2, r0, r1          /* the middle, n bytes on */
    adds    r3, r2, r1          /* the end */
    lsrs    r1, r1, #1
    mov     ip, r1              /* bytes of a quarter */
    movs    r1, #2              /* from an end, in bytes; r0 x, r2 middle, r3 end */
    movs    r4, #2
    rsbs    r4, r4, #0
1:  movs    r7, #4
    add     r8, r7
    mov     r5, r8
    ldrh    r5, [r5, #2]        /* a cosine of the first quarter is not negative */
    mov     r6, r10
    muls    r5, r6, r5
    lsrs    r5, r5, #14
    mov     r6, r11
    lsls    r5, r6
    mov     r6, r9
    subs    r6, r6, r5          /* the weight near the ends */
    add     r5, r9              /* and near the middle */
    ldrsh   r7, [r0, r1]
    muls    r7, r6, r7
    asrs    r7, r7, #16
    strh    r7, [r0, r1]
    ldrsh   r7, [r3, r4]
    muls    r7, r6, r7
    asrs    r7, r7, #16
    strh    r7, [r3, r4]
    ldrsh   r7, [r2, r4]
    muls    r7, r5, r7
    asrs    r7, r7, #16
    strh    r7, [r2, r4]
    ldrsh   r7, [r2, r1]
    muls    r7, r5, r7
    asrs    r7, r7, #16
    strh    r7, [r2, r1]
    adds    r1, #2
    subs    r4, #2
    cmp     r1, ip
    bne     1b
    restore

#endif
