/* The ATmega328P's registers that the port uses, under the names of its datasheet, DS40002061 (chapters noted).
 *
 * Addresses are those of the data space; the lowest 64 above 0x20 also answer IN and OUT, at 0x20 less (8.5). Bits are
 * numbers, as in the datasheet.
 */
#ifndef ATMEGA328P_H
#define ATMEGA328P_H

#include <stdint.h>

#define REG8(address) (*(volatile uint8_t *)(address))
#define REG16(address) (*(volatile uint16_t *)(address))
#define BIT(n) (1u << (n))

/* 7 AVR CPU core; addresses for IN and OUT */
#define IO_SREG 0x3F
#define IO_SPL 0x3D
#define IO_SPH 0x3E

/* 10 Power management and sleep modes */
#define SMCR REG8(0x53)
#define SMCR_SE 0 /* SM2:0 = 0 is Idle: the CPU stops, clk_IO and so timers and USART go on (10.3) */
#define PRR REG8(0x64)
#define PRR_PRTWI 7
#define PRR_PRTIM2 6
#define PRR_PRTIM0 5
#define PRR_PRSPI 2
#define PRR_PRADC 0

/* 11 System control and reset */
#define IO_MCUSR 0x34
#define MCUSR_WDRF 3
#define MCUSR_BORF 2
#define MCUSR_EXTRF 1
#define MCUSR_PORF 0
#define WDTCSR_ADDRESS 0x60
#define WDTCSR_WDP3 5
#define WDTCSR_WDCE 4
#define WDTCSR_WDE 3
#define WDTCSR_WDP0 0

/* 14 I/O ports */
#define DDRB REG8(0x24)
#define PORTB REG8(0x25)
#define PORTD REG8(0x2B)

/* 16 Timer/Counter1, 16 bits */
#define TIFR1 REG8(0x36)
#define TIFR1_TOV1 0
#define TIMSK1 REG8(0x6F)
#define TIMSK1_TOIE1 0
#define TCCR1A REG8(0x80)
#define TCCR1B REG8(0x81)
#define TCCR1B_CS10 0 /* clk_IO, no prescaling */
#define TCNT1 REG16(0x84)

/* 20 USART0 */
#define UCSR0A_ADDRESS 0xC0
#define UCSR0A REG8(UCSR0A_ADDRESS)
#define UCSR0A_TXC0 6
#define UCSR0A_FE0 4
#define UCSR0A_DOR0 3
#define UCSR0A_UPE0 2
#define UCSR0A_U2X0 1
#define UCSR0B_ADDRESS 0xC1
#define UCSR0B REG8(UCSR0B_ADDRESS)
#define UCSR0B_RXCIE0 7
#define UCSR0B_UDRIE0 5
#define UCSR0B_RXEN0 4
#define UCSR0B_TXEN0 3
#define UCSR0C REG8(0xC2)
#define UCSR0C_UCSZ01 2
#define UCSR0C_UCSZ00 1
#define UBRR0 REG16(0xC4)
#define UDR0_ADDRESS 0xC6

/* 23 Analog comparator */
#define ACSR REG8(0x50)
#define ACSR_ACD 7

/* The global interrupt flag. Only the main loop calls these, and always with interrupts on. */
static inline void irq_off(void) { __asm__ volatile("cli" ::: "memory"); }
static inline void irq_on(void) { __asm__ volatile("sei" ::: "memory"); }

/* With interrupts off; returns with them on. The instruction after SEI is executed before any interrupt (7.7), so none
 * slips in between the caller's look for work and the sleep. */
static inline void idle(void)
{
    SMCR = BIT(SMCR_SE);
    __asm__ volatile("sei\n\tsleep" ::: "memory");
    SMCR = 0;
}

#endif
