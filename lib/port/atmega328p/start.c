/* Start-up: vectors, the reset's evidence, watchdog, stack, variables, main. Sections are those of DS40002061.
 *
 * The linker puts .init0 to .init9 one behind the other, and each runs into the next (platform/builder/memory_avr.py); what
 * copies .data and clears .bss is libgcc's, in .init4. Nothing here may return or use a variable before that.
 */
#include "start.h"

#include "../port.h"
#include "../rom.h"
#include "atmega328p.h"

extern uint8_t __stack_limit[];
extern uint8_t __stack_top[];
extern const ROM uint8_t __build_id_note[];

start_t start __attribute__((section(".noinit")));

enum { PAINT = 0xA7 };

#if PORT_WATCHDOG_MS == 8000
enum { WATCHDOG = BIT(WDTCSR_WDE) | BIT(WDTCSR_WDP3) | BIT(WDTCSR_WDP0) }; /* 11.9.2: system reset, 8.0 s */
#else
#error "PORT_WATCHDOG_MS: 8000"
#endif

#define INIT(n) __attribute__((naked, used, section(".init" #n)))

/* 12.4, the table of the ATmega328P: two words an entry, in this order. */
__attribute__((naked, used, section(".vectors"))) void vectors(void)
{
    __asm__ volatile("jmp start_begin\n\t"        /*  0 RESET */
                     "jmp start_unexpected\n\t"   /*  1 INT0 */
                     "jmp start_unexpected\n\t"   /*  2 INT1 */
                     "jmp start_unexpected\n\t"   /*  3 PCINT0 */
                     "jmp start_unexpected\n\t"   /*  4 PCINT1 */
                     "jmp start_unexpected\n\t"   /*  5 PCINT2 */
                     "jmp start_unexpected\n\t"   /*  6 WDT */
                     "jmp start_unexpected\n\t"   /*  7 TIMER2_COMPA */
                     "jmp start_unexpected\n\t"   /*  8 TIMER2_COMPB */
                     "jmp start_unexpected\n\t"   /*  9 TIMER2_OVF */
                     "jmp start_unexpected\n\t"   /* 10 TIMER1_CAPT */
                     "jmp start_unexpected\n\t"   /* 11 TIMER1_COMPA */
                     "jmp start_unexpected\n\t"   /* 12 TIMER1_COMPB */
                     "jmp __vector_timer1_ovf\n\t" /* 13 TIMER1_OVF */
                     "jmp start_unexpected\n\t"   /* 14 TIMER0_COMPA */
                     "jmp start_unexpected\n\t"   /* 15 TIMER0_COMPB */
                     "jmp start_unexpected\n\t"   /* 16 TIMER0_OVF */
                     "jmp start_unexpected\n\t"   /* 17 SPI_STC */
                     "jmp __vector_usart_rx\n\t"  /* 18 USART_RX */
                     "jmp __vector_usart_udre\n\t" /* 19 USART_UDRE */
                     "jmp start_unexpected\n\t"   /* 20 USART_TX */
                     "jmp start_unexpected\n\t"   /* 21 ADC */
                     "jmp start_unexpected\n\t"   /* 22 EE_READY */
                     "jmp start_unexpected\n\t"   /* 23 ANALOG_COMP */
                     "jmp start_unexpected\n\t"   /* 24 TWI */
                     "jmp start_unexpected");     /* 25 SPM_READY */
}

/* An interrupt that nobody enabled: a bug of ours, and a restart is the only thing that anyone sees. */
__attribute__((naked, used)) void start_unexpected(void) { __asm__ volatile("jmp port_restart"); }

/* Evidence first: r2 and MCUSR, which is cleared so that the next reset finds its own cause alone (11.9.1), and because
 * WDRF keeps the watchdog on at its shortest period, 16 ms (11.8.2, 11.9.2): so its period is set at once, by the timed
 * sequence. It never is off. */
INIT(0) void start_begin(void)
{
    __asm__ volatile("cli\n\t"
                     "sts %[r2], r2\n\t"
                     "in r24, %[mcusr]\n\t"
                     "sts %[kept], r24\n\t"
                     "clr r1\n\t"
                     "out %[mcusr], r1\n\t"
                     "ldi r24, %[change]\n\t"
                     "ldi r25, %[watchdog]\n\t"
                     "sts %[wdtcsr], r24\n\t"
                     "sts %[wdtcsr], r25\n\t"
                     "wdr"
                     :
                     : [r2] "i"(&start.r2), [kept] "i"(&start.mcusr), [mcusr] "I"(IO_MCUSR),
                       [change] "n"(BIT(WDTCSR_WDCE) | BIT(WDTCSR_WDE)), [watchdog] "n"(WATCHDOG),
                       [wdtcsr] "n"(WDTCSR_ADDRESS));
}

/* What C takes for granted: r1 is 0, SREG is clear, and the stack is empty, whatever a bootloader left. */
INIT(2) void start_stack(void)
{
    __asm__ volatile("out %[sreg], r1\n\t"
                     "ldi r28, lo8(__stack_top - 1)\n\t"
                     "ldi r29, hi8(__stack_top - 1)\n\t"
                     "out %[sph], r29\n\t"
                     "out %[spl], r28"
                     :
                     : [sreg] "I"(IO_SREG), [sph] "I"(IO_SPH), [spl] "I"(IO_SPL));
}

INIT(3) void start_paint(void)
{
    __asm__ volatile("ldi r30, lo8(__stack_limit)\n\t"
                     "ldi r31, hi8(__stack_limit)\n\t"
                     "ldi r25, hi8(__stack_top)\n\t"
                     "ldi r24, %[paint]\n"
                     "1:\tst Z+, r24\n\t"
                     "cpi r30, lo8(__stack_top)\n\t"
                     "cpc r31, r25\n\t"
                     "brne 1b"
                     :
                     : [paint] "n"(PAINT));
}

/* main never returns; if it does, a restart is the only thing that anyone sees. */
INIT(9) void start_main(void) { __asm__ volatile("call main\n\tjmp port_restart"); }

size_t port_stack_size(void) { return (size_t)(__stack_top - __stack_limit); }

size_t port_stack_seen(void)
{
    const volatile uint8_t *byte = __stack_limit; /* the compiler must believe that it changed */
    while (byte < __stack_top && *byte == PAINT) {
        byte++;
    }
    return (size_t)(__stack_top - byte);
}

uint32_t port_build_id(void)
{
    /* ELF note: name size, descriptor size, type (4 bytes each), "GNU\0", then the id. */
    const ROM uint8_t *id = __build_id_note + 16;
    return (uint32_t)id[0] << 24 | (uint32_t)id[1] << 16 | (uint32_t)id[2] << 8 | id[3];
}

/* The chip has no other reset of its own making than the watchdog's (11.2): its shortest period, and a mark in RAM. */
void port_restart(void)
{
    irq_off();
    start.mark = START_SOFT;
    __asm__ volatile("wdr\n\t"
                     "sts %[wdtcsr], %[change]\n\t"
                     "sts %[wdtcsr], %[shortest]\n\t"
                     "wdr"
                     :
                     : [wdtcsr] "n"(WDTCSR_ADDRESS), [change] "r"((uint8_t)(BIT(WDTCSR_WDCE) | BIT(WDTCSR_WDE))),
                       [shortest] "r"((uint8_t)BIT(WDTCSR_WDE))
                     : "memory");
    for (;;) {
    }
}
