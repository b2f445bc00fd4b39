/* The nRF52840's port: clocks, time, LED, reset cause, identity, watchdog, sleep. The UART is in uart.c.
 *
 * Sections are those of the nRF52840 Product Specification v1.7. Errata (nRF52840 Errata, by number) that matter to
 * what is used here and how they are met: 20 in start_rtc(), 36 in start_clocks(), 87 in doze(), 136 in
 * read_reset_cause(), configuration 249 in open_debug_port().
 */
#include "../port.h"

#include "nrf52840.h"
#include "uart.h"

enum { RTC_HZ = 32768, RTC_BITS = 24, GATHER_TICKS = 16 };

/* Longer than any of the waits below can take, so that a board without a crystal still comes up; in loop turns of
 * several cycles each. */
enum { PATIENCE = 4000000 };

#define RTC_MASK ((1u << RTC_BITS) - 1u)
#define HALF_WATCHDOG_TICKS ((uint32_t)(PORT_WATCHDOG_MS / 2 * (uint64_t)RTC_HZ / 1000u))

typedef char half_watchdog_fits_the_rtc[PORT_WATCHDOG_MS / 2 < 500000 ? 1 : -1];

static struct {
    volatile uint32_t overflows; /* of the 24-bit RTC, each 512 s */
    uint64_t last_ticks;
    port_reset_t reset;
} port;

/* -- start ------------------------------------------------------------------------------------------------------ */

/* 5.3.6: RESETREAS collects causes until they are cleared; none set means power-on or brown-out. Erratum 136: a pin
 * reset may set other bits too, so the pin is asked first. */
static void read_reset_cause(void)
{
    uint32_t why = POWER_RESETREAS;
    POWER_RESETREAS = why;
    if (why & POWER_RESETREAS_RESETPIN) {
        port.reset = PORT_RESET_PIN;
    } else if (why & POWER_RESETREAS_DOG) {
        port.reset = PORT_RESET_WATCHDOG;
    } else if (why & POWER_RESETREAS_LOCKUP) {
        port.reset = PORT_RESET_LOCKUP;
    } else if (why & POWER_RESETREAS_SREQ) {
        port.reset = PORT_RESET_SOFT;
    } else if (why & POWER_RESETREAS_WAKES) {
        port.reset = PORT_RESET_WAKE;
    } else {
        port.reset = PORT_RESET_POWER;
    }
}

/* 6.36. A soft reset leaves the watchdog running with its configuration locked (5.3.6.8): then it is only fed. */
static void start_watchdog(void)
{
    if (WDT_RUNSTATUS == 0) {
        WDT_CONFIG = WDT_CONFIG_RUN_IN_SLEEP;
        WDT_CRV = (uint32_t)(PORT_WATCHDOG_MS * (uint64_t)RTC_HZ / 1000u) - 1u;
        WDT_RREN = 1;
        WDT_TASKS_START = 1;
    }
    port_watchdog_feed();
}

/* 5.4: the 32 MHz crystal, which the UART's rate needs (the RC oscillator is off by up to 8 %), and the 32 kHz one. */
static void start_clocks(void)
{
    /* Erratum 36: these are not reset when they should be. */
    CLOCK_EVENTS_DONE = 0;
    CLOCK_EVENTS_CTTO = 0;
    CLOCK_CTIV = 0;

    CLOCK_EVENTS_LFCLKSTARTED = 0;
    CLOCK_LFCLKSRC = CLOCK_LFCLKSRC_XTAL;
    CLOCK_TASKS_LFCLKSTART = 1;
    CLOCK_EVENTS_HFCLKSTARTED = 0;
    CLOCK_TASKS_HFCLKSTART = 1;
    for (int turns = 0; CLOCK_EVENTS_HFCLKSTARTED == 0 && turns < PATIENCE; turns++) {
    }
}

/* 6.22. Erratum 20: the RTC's registers are only valid once LFCLK runs and the RTC's STOP task was written 0. The
 * crystal takes a quarter of a second; the UART receives meanwhile. LFCLK runs from its RC oscillator until the crystal
 * does (5.4.2), so without one the event never comes and the time is some percent off, but nothing stands still. */
static void start_rtc(void)
{
    for (int turns = 0; CLOCK_EVENTS_LFCLKSTARTED == 0 && turns < PATIENCE; turns++) {
    }
    RTC0_TASKS_STOP = 0;
    RTC0_PRESCALER = 0;
    RTC0_TASKS_CLEAR = 1;
    RTC0_EVENTS_OVRFLW = 0;
    RTC0_INTENSET = RTC_INT_OVRFLW;
    cortex_m_enable_irq(RTC0_IRQ);
    RTC0_TASKS_START = 1;
}

/* 4.5: without UICR.PSELRESET the reset button of the DK does nothing. The image carries these two words, both of which
 * must name P0.18, and whatever programs its HEX file programs them too; the chip reads them at its next reset. */
__attribute__((section(".config"), used)) static const uint32_t uicr_pselreset[2] = {UICR_PSELRESET_P0_18,
                                                                                     UICR_PSELRESET_P0_18};

/* Configuration 249 of the errata list: from revision 3 (build code Fx0) on, the debug port is shut at each reset
 * unless UICR.APPROTECT says HwDisabled (0x5A) and firmware copies that here; probe tools write the UICR part.
 * Protecting a product is done by leaving UICR erased. Older revisions have no such register and are asked by their
 * variant first; older chips of the family have no variant either (PORT_APPROTECT = 0). */
static void open_debug_port(void)
{
#if PORT_APPROTECT
    uint32_t variant = FICR_INFO_VARIANT;
    uint32_t revision = (variant >> 8) & 0xFFu;
    if (variant != UICR_ERASED && revision >= 'F' && revision <= 'Z') {
        APPROTECT_DISABLE = UICR_APPROTECT;
    }
#endif
}

void port_init(void)
{
    read_reset_cause();
    start_watchdog();
    open_debug_port();
    port_led(false);
    P0_DIRSET = 1u << PORT_LED_PIN;
    CORE_DEMCR |= CORE_DEMCR_TRCENA;
    DWT_CYCCNT = 0;
    DWT_CTRL |= DWT_CTRL_CYCCNTENA;
    start_clocks();
    uart_init();
    start_rtc();
    port_watchdog_feed();
}

/* -- time ------------------------------------------------------------------------------------------------------- */

void rtc0_handler(void)
{
    if (RTC0_EVENTS_OVRFLW != 0) {
        RTC0_EVENTS_OVRFLW = 0;
        port.overflows++;
    }
    if (RTC0_EVENTS_COMPARE0 != 0) {
        RTC0_EVENTS_COMPARE0 = 0;
        RTC0_INTENCLR = RTC_INT_COMPARE0;
    }
    (void)RTC0_EVENTS_COMPARE0; /* the clearing writes have arrived before the handler returns */
}

uint32_t port_time_ms(void)
{
    cortex_m_mask();
    uint32_t high = port.overflows;
    uint32_t low = RTC0_COUNTER;
    if (RTC0_EVENTS_OVRFLW != 0) { /* wrapped, and the handler has not counted it: which side was `low` read on? */
        low = RTC0_COUNTER;
        high++;
    }
    cortex_m_unmask();
    uint64_t ticks = (uint64_t)high << RTC_BITS | low;
    /* The counter wraps a moment before its event shows: time stands still for that moment, it never goes back. */
    if (ticks < port.last_ticks) {
        ticks = port.last_ticks;
    }
    port.last_ticks = ticks;
    return (uint32_t)(ticks * 1000u / RTC_HZ);
}

/* DWT's cycle counter: CPU cycles while the CPU runs; it stands still in sleep. */
uint32_t port_cycles(void) { return DWT_CYCCNT; }

/* Sleeps for at most `ticks`, with interrupts masked so that nothing slips in between the caller's look for work and
 * the sleep; their handlers run after unmasking. */
static void doze(uint32_t ticks)
{
    RTC0_EVENTS_COMPARE0 = 0;
    RTC0_CC0 = (RTC0_COUNTER + ticks) & RTC_MASK;
    RTC0_INTENSET = RTC_INT_COMPARE0;
#if defined(__ARM_FP)
    /* Erratum 87: a pending FPU exception keeps the CPU awake; its flags and its interrupt are cleared first. */
    uint32_t fpscr;
    __asm__ volatile("vmrs %0, fpscr" : "=r"(fpscr));
    __asm__ volatile("vmsr fpscr, %0" : : "r"(fpscr & ~0x9Fu));
    cortex_m_clear_pending_irq(FPU_IRQ);
#endif
    cortex_m_wait();
}

void doze_ms(uint32_t ms) { doze(ms * RTC_HZ / 1000u + 2u); } /* a compare less than two ticks ahead may be missed (6.22.8) */

/* A byte seldom comes alone, and waking for each of 100 000 a second would be no sleep: the first one ends the long
 * doze, and a short one, half a millisecond or 50 bytes at 1 Mbaud, lets the DMA gather those behind it. */
void port_sleep(void)
{
    cortex_m_mask();
    if (!uart_has_byte()) {
        uart_wake_on_byte(true);
        if (!uart_has_byte() && !i2c_rose()) {
            doze(HALF_WATCHDOG_TICKS);
        }
        uart_wake_on_byte(false);
    }
    cortex_m_unmask();
    cortex_m_mask();
    if (UART_GATHERS && uart_has_byte()) {
        doze(GATHER_TICKS);
    }
    cortex_m_unmask();
}

/* -- the rest --------------------------------------------------------------------------------------------------- */

void port_led(bool on)
{
    if (on) { /* the DK's LEDs are lit by a low pin */
        P0_OUTCLR = 1u << PORT_LED_PIN;
    } else {
        P0_OUTSET = 1u << PORT_LED_PIN;
    }
}

port_reset_t port_reset_cause(void) { return port.reset; }

void port_unique_id(uint8_t id[PORT_UNIQUE_ID_BYTES])
{
    for (unsigned i = 0; i < PORT_UNIQUE_ID_BYTES; i++) {
        id[i] = (uint8_t)(FICR_DEVICEID(i / 4u) >> (8u * (i % 4u)));
    }
}

void port_watchdog_feed(void) { WDT_RR0 = WDT_RR_RELOAD; }
