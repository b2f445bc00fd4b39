/* Start-up and faults of every Cortex-M: paints the stack, makes variables, calls main; a fault ends in a reset. */
#include "cortex_m.h"

#include <stddef.h>

#include "../port.h"

extern uint32_t __data_start[];
extern uint32_t __data_end[];
extern const uint32_t __data_load[];
extern uint32_t __bss_start[];
extern uint32_t __bss_end[];
extern const uint8_t __build_id_note[];

int main(void);

cortex_m_fault_t cortex_m_fault __attribute__((section(".noinit")));

enum { PAINT = 0x5AC35AC3 };

/* Painted words are only read through volatile: the compiler must believe that they changed. */
static volatile uint32_t *stack_words(void) { return __stack_limit; }

void Reset_Handler(void)
{
#if defined(__ARM_FP)
    /* First of all, so that no instruction of the FPU can come before it. */
    SCB_CPACR |= SCB_CPACR_CP10_CP11_FULL;
    __asm__ volatile("dsb\n\tisb" ::: "memory");
#endif
    uintptr_t sp;
    __asm__ volatile("mov %0, sp" : "=r"(sp));
    for (volatile uint32_t *word = stack_words(); (uintptr_t)word < sp; word++) {
        *word = (uint32_t)PAINT;
    }
    const volatile uint32_t *from = __data_load;
    for (volatile uint32_t *to = __data_start; to != __data_end; to++) {
        *to = *from++;
    }
    for (volatile uint32_t *to = __bss_start; to != __bss_end; to++) {
        *to = 0;
    }
    (void)main();
    port_restart(); /* main never returns; if it does, a restart is the only thing that anyone sees */
}

/* Called with the frame that the fault stacked, or with 0 when the stack itself had left memory. */
__attribute__((used, noreturn)) static void record_fault(const uint32_t *frame)
{
    if (cortex_m_fault.magic != CORTEX_M_FAULT_MAGIC) {
        cortex_m_fault.magic = CORTEX_M_FAULT_MAGIC;
        cortex_m_fault.count = 0;
    }
    cortex_m_fault.count++;
    cortex_m_fault.lr = frame != NULL ? frame[5] : 0;
    cortex_m_fault.pc = frame != NULL ? frame[6] : 0;
#if __ARM_ARCH >= 7
    cortex_m_fault.cfsr = SCB_CFSR;
    cortex_m_fault.hfsr = SCB_HFSR;
    cortex_m_fault.bfar = SCB_BFAR;
#endif
    port_restart();
    for (;;) {
    }
}

/* The stack may be what broke, so nothing is pushed before it is a whole one again: the frame is only looked at when
 * it lies within the stack, and the handler runs on a fresh one. */
__attribute__((naked)) void cortex_m_fault_handler(void)
{
    __asm__ volatile(".syntax unified\n" /* gcc assembles for Armv6-M in the old syntax */
                     "mrs r0, msp\n"
                     "ldr r1, =__stack_limit\n"
                     "ldr r2, =__stack_top\n"
                     "cmp r0, r1\n"
                     "blo 1f\n"
                     "mov r3, r0\n"
                     "adds r3, #32\n"
                     "cmp r3, r2\n"
                     "bls 2f\n"
                     "1: movs r0, #0\n"
                     "2: mov sp, r2\n"
                     "ldr r3, =record_fault\n"
                     "bx r3\n"
                     ".ltorg\n");
}

/* An interrupt that nobody enabled: a bug of ours, treated like a fault. */
void cortex_m_unexpected(void) { record_fault(NULL); }

size_t port_stack_size(void) { return (size_t)((uintptr_t)__stack_top - (uintptr_t)__stack_limit); }

size_t port_stack_seen(void)
{
    const volatile uint32_t *word = stack_words();
    while ((uintptr_t)word < (uintptr_t)__stack_top && *word == (uint32_t)PAINT) {
        word++;
    }
    return (size_t)((uintptr_t)__stack_top - (uintptr_t)word);
}

uint32_t port_build_id(void)
{
    /* ELF note: name size, descriptor size, type (4 bytes each), "GNU\0", then the id. */
    const uint8_t *id = __build_id_note + 16;
    return (uint32_t)id[0] << 24 | (uint32_t)id[1] << 16 | (uint32_t)id[2] << 8 | id[3];
}

/* A chip whose peripherals outlast this request has a port_restart() of its own. */
__attribute__((weak)) void port_restart(void)
{
    __asm__ volatile("cpsid i\n\tdsb" ::: "memory");
    SCB_AIRCR = SCB_AIRCR_VECTKEY | SCB_AIRCR_SYSRESETREQ;
    __asm__ volatile("dsb" ::: "memory");
    for (;;) {
    }
}
