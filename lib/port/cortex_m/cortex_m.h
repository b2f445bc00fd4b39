/* Registers of the ARM core that the Cortex-M ports share.
 *
 * Names and addresses: ARMv7-M Architecture Reference Manual (DDI 0403E) B3.2 (system control block), B3.4 (NVIC),
 * C1.6 (debug) and C1.8 (DWT); ARMv6-M has the same SCB and NVIC registers at the same places. */
#ifndef CORTEX_M_H
#define CORTEX_M_H

#include <stdint.h>

#define REG32(address) (*(volatile uint32_t *)(uintptr_t)(address))

/* B3.2 System control block */
#define SCB_VTOR REG32(0xE000ED08)
#define SCB_AIRCR REG32(0xE000ED0C)
#define SCB_AIRCR_VECTKEY 0x05FA0000u
#define SCB_AIRCR_SYSRESETREQ (1u << 2)
#define SCB_CFSR REG32(0xE000ED28)
#define SCB_HFSR REG32(0xE000ED2C)
#define SCB_BFAR REG32(0xE000ED38)
#define SCB_CPACR REG32(0xE000ED88)
#define SCB_CPACR_CP10_CP11_FULL (0xFu << 20)

/* B3.4 Nested vectored interrupt controller */
#define NVIC_ISER(n) REG32(0xE000E100 + 4u * (n))
#define NVIC_ICPR(n) REG32(0xE000E280 + 4u * (n))
#define NVIC_ICER(n) REG32(0xE000E180 + 4u * (n))

/* C1.6.5 Debug exception and monitor control; C1.8 data watchpoint and trace */
#define CORE_DEMCR REG32(0xE000EDFC)
#define CORE_DEMCR_TRCENA (1u << 24)
#define DWT_CTRL REG32(0xE0001000)
#define DWT_CTRL_CYCCNTENA (1u << 0)
#define DWT_CYCCNT REG32(0xE0001004)
#define DWT_LAR REG32(0xE0001FB0) /* the Cortex-M7's lock (DDI 0489, 12.2); others ignore it */
#define DWT_LAR_UNLOCK 0xC5ACCE55u

/* The cycle counter of an ARMv7-M core: CPU cycles while the CPU runs; it stands still in sleep. */
static inline void cortex_m_start_cycles(void)
{
    CORE_DEMCR |= CORE_DEMCR_TRCENA;
    DWT_LAR = DWT_LAR_UNLOCK;
    DWT_CYCCNT = 0;
    DWT_CTRL |= DWT_CTRL_CYCCNTENA;
}

static inline void cortex_m_enable_irq(unsigned irq) { NVIC_ISER(irq / 32u) = 1u << (irq % 32u); }

static inline void cortex_m_disable_irq(unsigned irq)
{
    NVIC_ICER(irq / 32u) = 1u << (irq % 32u);
    __asm__ volatile("dsb\n\tisb" ::: "memory");
}

static inline void cortex_m_clear_pending_irq(unsigned irq) { NVIC_ICPR(irq / 32u) = 1u << (irq % 32u); }

/* Masks every interrupt; nothing here nests, so leaving always enables. */
static inline void cortex_m_mask(void) { __asm__ volatile("cpsid i" ::: "memory"); }
static inline void cortex_m_unmask(void) { __asm__ volatile("cpsie i\n\tisb" ::: "memory"); }

/* Waits for an interrupt to be pending. A masked one wakes as well (B1.5.19), so: mask, look whether there is
 * work, wait, unmask. An interrupt between the look and the wait stays pending and the wait falls through. */
static inline void cortex_m_wait(void) { __asm__ volatile("dsb\n\twfi" ::: "memory"); }

/* What the last fault looked like; kept over the reset that follows it, for a debugger's eyes. */
typedef struct {
    uint32_t magic; /* CORTEX_M_FAULT_MAGIC when the rest was ever written */
    uint32_t count;
    uint32_t pc;
    uint32_t lr;
    uint32_t cfsr;
    uint32_t hfsr;
    uint32_t bfar;
} cortex_m_fault_t;

#define CORTEX_M_FAULT_MAGIC 0x464D4654u

extern cortex_m_fault_t cortex_m_fault;

/* The vector table's first entries name these; a device's own table follows in its vectors.c. */
extern uint32_t __stack_limit[];
extern uint32_t __stack_top[];
void Reset_Handler(void);
void cortex_m_fault_handler(void);
void cortex_m_unexpected(void);

typedef void (*cortex_m_vector_t)(void);

typedef struct {
    uint32_t *stack_top;
    cortex_m_vector_t exception[15]; /* B1.5.2, from number 1 on */
} cortex_m_vectors_t;

/* For a table in which SVCall, PendSV, SysTick and the debug monitor are not used. */
#define CORTEX_M_VECTORS                                                                                               \
    {                                                                                                                  \
        .stack_top = __stack_top,                                                                                      \
        .exception = {Reset_Handler,                                                                                   \
                      cortex_m_fault_handler, /* NMI */                                                                \
                      cortex_m_fault_handler, /* HardFault */                                                          \
                      cortex_m_fault_handler, /* MemManage */                                                          \
                      cortex_m_fault_handler, /* BusFault */                                                           \
                      cortex_m_fault_handler, /* UsageFault */                                                         \
                      0, 0, 0, 0, cortex_m_unexpected, cortex_m_unexpected, 0, cortex_m_unexpected,                    \
                      cortex_m_unexpected},                                                                            \
    }

#endif
