/* The inner loop of the filter banks for ARMv6-M: seventeen instructions a bin, the same bits as in dsp_bands.c. */
#include "cpu.h"

#ifdef CPU_THUMB1
#include "cpu_thumb1.inc"

/* uint32_t dsp_bands_next(walk_t *walk) */
function dsp_bands_next
    push    {r0, r4, r5, r6, r7, lr}
    ldmia   r0, {r0, r1, r2, r3}
    mov     ip, r3              /* the energy so far */
    movs    r3, #0              /* what rises to the next band */
    ldrh    r5, [r2]
    adds    r2, #2
    mov     lr, r2
    lsls    r5, r5, #2
    beq     2f
    adds    r0, r0, r5          /* the end of the real parts; r5 counts up to 0 */
    adds    r4, r0, #2          /* of the imaginary ones */
    rsbs    r5, r5, #0
1:  ldrsh   r6, [r0, r5]
    muls    r6, r6, r6
    ldrsh   r7, [r4, r5]
    muls    r7, r7, r7
    adds    r6, r6, r7          /* power */
    add     ip, r6
    ldrh    r2, [r1]
    adds    r1, #2
    uxth    r7, r6              /* its halves times the weight: no product needs more than 32 bits */
    muls    r7, r2, r7
    lsrs    r7, r7, #16
    adds    r3, r3, r7
    lsrs    r6, r6, #16
    muls    r6, r2, r6
    adds    r3, r3, r6
    adds    r5, #4
    bne     1b
2:  mov     r2, lr
    pop     {r4}
    stmia   r4!, {r0, r1, r2, r3}
    mov     r0, ip
    subs    r0, r0, r3
    pop     {r4, r5, r6, r7, pc}

#endif
