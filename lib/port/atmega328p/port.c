/* The ATmega328P's port: time, LED, reset cause, watchdog, sleep. The UART is in uart.c, start-up in start.c.
 *
 * Sections are those of DS40002061. The clock is the Uno's 16 MHz crystal or resonator, chosen by the fuses; no code can
 * change that. What the chip does not have: an identity (its signature row holds the type and a calibration byte, 27.8.10; the
 * serial number is the 328PB's), a lockup, a reset other than the watchdog's that firmware can cause.
 */
#include "../port.h"

#include <string.h>

#include "atmega328p.h"
#include "start.h"
#include "uart.h"

typedef char timer_counts_16_to_the_us[PORT_CPU_HZ == 16000000 ? 1 : -1];

/* Timer1 overflows every 65536 cycles: 4.096 ms. */
enum { TICK_MS = 4, TICK_US = 96, HALF_WATCHDOG_TICKS = PORT_WATCHDOG_MS / 2 * 125UL / 512UL };

/* The watchdog's oscillator is off by a tenth over voltage and temperature, this clock is not: three quarters of a
 * period are late and before the bite. */
enum { LATE_TICKS = HALF_WATCHDOG_TICKS / 2 * 3 };

static struct {
    volatile uint16_t ticks;
    volatile uint32_t ms; /* of the ticks; */
    volatile uint16_t us; /* and what they are over it, below 1000 */
    volatile uint16_t unfed; /* ticks since the watchdog was last fed */
    port_reset_t reset;
} port;

/* -- start ------------------------------------------------------------------------------------------------------ */

/* MCUSR where it still says something (11.9.1). It says `watchdog` for both that and port_restart(); the mark parts them.
 * Power comes before the pin: its capacitor may hold the pin low while power rises. */
static port_reset_t cause_by_hardware(uint8_t mcusr, uint8_t mark)
{
    if (mcusr & (BIT(MCUSR_PORF) | BIT(MCUSR_BORF))) {
        return PORT_RESET_POWER;
    }
    if (mcusr & BIT(MCUSR_EXTRF)) {
        return PORT_RESET_PIN;
    }
    return mark == START_SOFT ? PORT_RESET_SOFT : PORT_RESET_WATCHDOG;
}

/* A bootloader cleared MCUSR. RAM that was kept tells what we did last, and a reset that we neither asked for nor were
 * late for came from outside: the pin, or a brown-out where r2 says so. Without that, r2 tells, if what is in it can be
 * an MCUSR at all. Optiboot leaves for the application by a watchdog reset of its own after the pin's, so the pin counts
 * before everything else there, and the watchdog alone tells nothing against RAM. */
static port_reset_t cause_by_evidence(uint8_t r2, uint8_t mark)
{
    const bool plausible = r2 < 0x10u;
    const bool pin = plausible && (r2 & BIT(MCUSR_EXTRF)) != 0;
    switch (mark) {
    case START_SOFT:
        return PORT_RESET_SOFT;
    case START_LATE:
        return PORT_RESET_WATCHDOG;
    case START_RUNNING:
        return plausible && !pin && (r2 & (BIT(MCUSR_PORF) | BIT(MCUSR_BORF))) != 0 ? PORT_RESET_POWER : PORT_RESET_PIN;
    default:
        break;
    }
    if (pin) {
        return PORT_RESET_PIN;
    }
    return plausible && r2 == BIT(MCUSR_WDRF) ? PORT_RESET_WATCHDOG : PORT_RESET_POWER;
}

static void read_reset_cause(void)
{
    const bool kept = start.magic == START_MAGIC && start.complement == (uint16_t)~START_MAGIC;
    const uint8_t mark = kept ? start.mark : 0;
    port.reset = start.mcusr != 0 ? cause_by_hardware(start.mcusr, mark) : cause_by_evidence(start.r2, mark);
    start.magic = START_MAGIC;
    start.complement = (uint16_t)~START_MAGIC;
    start.mark = START_RUNNING;
}

/* The watchdog has been running since start_begin(), with its period. */
void port_init(void)
{
    __asm__ volatile("wdr");
    read_reset_cause();
    PRR = BIT(PRR_PRTWI) | BIT(PRR_PRTIM2) | BIT(PRR_PRTIM0) | BIT(PRR_PRSPI) | BIT(PRR_PRADC); /* 10.9 */
    ACSR = BIT(ACSR_ACD); /* 10.10.2 */
    port_led(false);
    DDRB = BIT(PORT_LED_PIN);
    TCCR1A = 0; /* 16.9.1: normal mode, counts all 16 bits */
    TCCR1B = BIT(TCCR1B_CS10);
    TIMSK1 = BIT(TIMSK1_TOIE1);
    uart_init();
    irq_on();
}

/* -- time ------------------------------------------------------------------------------------------------------- */

__attribute__((signal, used)) void __vector_timer1_ovf(void)
{
    port.ticks++;
    port.ms += TICK_MS;
    port.us = (uint16_t)(port.us + TICK_US);
    if (port.us >= 1000u) {
        port.us = (uint16_t)(port.us - 1000u);
        port.ms++;
    }
    const uint16_t unfed = port.unfed;
    if (unfed < LATE_TICKS) {
        port.unfed = (uint16_t)(unfed + 1u);
    } else if (start.mark == START_RUNNING) {
        start.mark = START_LATE;
    }
}

/* With interrupts off: the counter, and whether it has wrapped without the handler having counted that. */
static uint16_t read_counter(bool *wrapped)
{
    const uint16_t count = TCNT1;
    *wrapped = (TIFR1 & BIT(TIFR1_TOV1)) != 0 && count < 0x8000u;
    return count;
}

uint32_t port_time_ms(void)
{
    bool wrapped;
    irq_off();
    const uint16_t count = read_counter(&wrapped);
    uint32_t ms = port.ms;
    uint16_t us = port.us;
    irq_on();
    us = (uint16_t)(us + (count >> 4)); /* below 1000 + 4096 */
    if (wrapped) {
        us = (uint16_t)(us + TICK_US);
        ms += TICK_MS;
    }
    while (us >= 1000u) {
        us = (uint16_t)(us - 1000u);
        ms++;
    }
    return ms;
}

/* Timer1 and its overflows: CPU cycles, and those of idle sleep as well, in which the timer runs on. */
uint32_t port_cycles(void)
{
    bool wrapped;
    irq_off();
    const uint16_t low = read_counter(&wrapped);
    uint16_t high = port.ticks;
    irq_on();
    high = (uint16_t)(high + (wrapped ? 1u : 0u));
    return (uint32_t)high << 16 | low;
}

/* Timer1's overflow wakes the CPU every 4 ms as well; that is not yet a reason to return. */
void port_sleep(void)
{
    irq_off();
    const uint16_t began = port.ticks;
    while (!uart_has_byte() && (uint16_t)(port.ticks - began) < HALF_WATCHDOG_TICKS) {
        idle();
        irq_off();
    }
    irq_on();
}

/* -- the rest --------------------------------------------------------------------------------------------------- */

void port_led(bool on)
{
    if (on) {
        PORTB |= BIT(PORT_LED_PIN);
    } else {
        PORTB &= (uint8_t)~BIT(PORT_LED_PIN);
    }
}

port_reset_t port_reset_cause(void) { return port.reset; }

void port_unique_id(uint8_t id[PORT_UNIQUE_ID_BYTES]) { memset(id, 0, PORT_UNIQUE_ID_BYTES); }

void port_watchdog_feed(void)
{
    __asm__ volatile("wdr");
    irq_off();
    port.unfed = 0;
    start.mark = START_RUNNING;
    irq_on();
}
