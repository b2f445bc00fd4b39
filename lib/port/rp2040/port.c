/* The RP2040's port: clocks, time, LED, reset cause, watchdog, sleep. The UART is in uart.c, the first 256 bytes in boot2.S.
 *
 * Sections are those of the RP2040 Datasheet. Of its errata (appendix B) RP2040-E1 matters here: start_watchdog(). Core 1
 * stays where the boot ROM holds it (2.8.2), waiting for a vector that nobody sends.
 */
#include "../port.h"

#include "rp2040.h"
#include "uart.h"

/* Longer than any of the waits below can take, in loop turns of several cycles each: the crystal takes 1 ms at 6.5 MHz, the
 * PLLs less. */
enum { PATIENCE = 100000 };

/* 4.7.2: the one tick of the chip, for the watchdog and the TIMER, is made from clk_ref. */
enum { TICK_HZ = 1000000, CYCLES_BITS = 24 };

#define CYCLES_MASK ((1u << CYCLES_BITS) - 1u)
#define HALF_WATCHDOG_US (PORT_WATCHDOG_MS * 500u)

/* RP2040-E1: the watchdog counts two down with each tick, so 16.7 million of them are 8.388 s at most. */
#define WATCHDOG_PERIOD (PORT_WATCHDOG_MS * 2000u)

typedef char watchdog_counts_that_far[WATCHDOG_PERIOD <= WATCHDOG_LOAD_MOST ? 1 : -1];
typedef char crystal_makes_the_tick[PORT_XOSC_HZ % TICK_HZ == 0 && PORT_XOSC_HZ / TICK_HZ < 512 ? 1 : -1];

/* 2.18.2: VCO = crystal * FBDIV, 750 to 1600 MHz; output = VCO / POSTDIV1 / POSTDIV2, the larger divider first. */
typedef struct {
    uint32_t base;
    uint32_t fbdiv;
    uint32_t postdiv1;
    uint32_t postdiv2;
} pll_t;

static const pll_t pll_sys = {PLL_SYS_BASE, 125, 6, 2}; /* 1500 MHz / 12 = 125 MHz */
static const pll_t pll_usb = {PLL_USB_BASE, 100, 5, 5}; /* 1200 MHz / 25 = 48 MHz */

typedef char pll_sys_makes_the_cpu_clock[PORT_XOSC_HZ / 12u * 125u == PORT_CPU_HZ ? 1 : -1];
typedef char pll_usb_makes_the_uart_clock[PORT_XOSC_HZ / 25u * 100u == PORT_UART_CLOCK_HZ ? 1 : -1];

#define RESTART_MARK 0x464D5253u /* in a scratch register, which only a reset by pin or power clears: we asked for this */

static struct {
    uint64_t start_us;
    uint32_t cycles;
    uint32_t cycles_seen; /* SysTick at the last look */
    port_reset_t reset;
} port;

/* -- start ------------------------------------------------------------------------------------------------------ */

/* 4.7.6: REASON is 0 after a reset by hardware, and then 2.12.8 knows which. TIMER and FORCE tell the watchdog's end of
 * patience from a reset that software triggered; the mark is for a trigger that only the timer carried out. */
static void read_reset_cause(void)
{
    uint32_t why = WATCHDOG_REASON;
    uint32_t chip = CHIP_RESET;
    bool asked = WATCHDOG_SCRATCH3 == RESTART_MARK;
    WATCHDOG_SCRATCH3 = 0;
    if (why != 0 && asked) {
        port.reset = PORT_RESET_SOFT;
    } else if (why & WATCHDOG_REASON_TIMER) {
        port.reset = PORT_RESET_WATCHDOG;
    } else if (why & WATCHDOG_REASON_FORCE) {
        port.reset = PORT_RESET_SOFT;
    } else if (chip & CHIP_RESET_HAD_RUN) {
        port.reset = PORT_RESET_PIN;
    } else if (chip & CHIP_RESET_HAD_PSM_RESTART) {
        port.reset = PORT_RESET_SOFT;
    } else {
        port.reset = PORT_RESET_POWER;
    }
}

/* 4.7. Before the crystal runs, clk_ref is the ring oscillator's 1.8 to 12 MHz and the period up to seven times as long;
 * that lasts for milliseconds. A debugger that has halted a core pauses it (PAUSE bits, set by reset). What a reset by it
 * takes along is chosen in the PSM (2.13): all but the two oscillators, so every peripheral starts anew. */
static void start_watchdog(void)
{
    CLEAR(WATCHDOG_CTRL) = WATCHDOG_CTRL_ENABLE;
    PSM_WDSEL = PSM_WDSEL_ALL & ~(PSM_WDSEL_ROSC | PSM_WDSEL_XOSC);
    WATCHDOG_TICK = PORT_XOSC_HZ / TICK_HZ | WATCHDOG_TICK_ENABLE;
    port_watchdog_feed();
    SET(WATCHDOG_CTRL) = WATCHDOG_CTRL_ENABLE;
}

static bool wait_for(const volatile uint32_t *reg, uint32_t bits)
{
    for (int turns = 0; turns < PATIENCE; turns++) {
        if ((*reg & bits) == bits) {
            return true;
        }
    }
    return false;
}

/* 2.14: a block that has left reset says so a few of its own clocks later. */
static bool leave_reset(uint32_t blocks)
{
    CLEAR(RESETS_RESET) = blocks;
    return wait_for(&RESETS_RESET_DONE, blocks);
}

/* 2.18.3, in the order that it asks for. */
static bool start_pll(const pll_t *pll)
{
    PLL_CS(pll->base) = 1; /* REFDIV: the crystal as it is */
    PLL_FBDIV_INT(pll->base) = pll->fbdiv;
    CLEAR(PLL_PWR(pll->base)) = PLL_PWR_PD | PLL_PWR_VCOPD;
    if (!wait_for(&PLL_CS(pll->base), PLL_CS_LOCK)) {
        return false;
    }
    PLL_PRIM(pll->base) = pll->postdiv1 << 16 | pll->postdiv2 << 12;
    CLEAR(PLL_PWR(pll->base)) = PLL_PWR_POSTDIVPD;
    return true;
}

/* 2.16.3: a millisecond for the crystal, in units of 256 of its periods, rounded up. */
#define XOSC_STARTUP_DELAY ((PORT_XOSC_HZ / 1000u + 255u) / 256u)

/* 2.15.3 and 2.16: crystal to clk_ref, PLL_SYS to clk_sys, PLL_USB to clk_peri. A multiplexer that is switched to a
 * source that does not run stops its clock for good (2.15.3): without crystal or lock the chip stays on its ring
 * oscillator, alive, though at no known rate. */
static void start_clocks(void)
{
    CLK_SYS_RESUS_CTRL = 0;
    /* After a reset of the cores alone, by a debugger, the clocks are still those of the last run. */
    CLEAR(CLK_SYS_CTRL) = CLK_SYS_CTRL_SRC;
    (void)wait_for(&CLK_SYS_SELECTED, 1u << 0);
    CLEAR(CLK_REF_CTRL) = CLK_REF_CTRL_SRC;
    (void)wait_for(&CLK_REF_SELECTED, 1u << 0);

    XOSC_CTRL = XOSC_CTRL_FREQ_RANGE_1_15MHZ;
    XOSC_STARTUP = XOSC_STARTUP_DELAY;
    XOSC_CTRL = XOSC_CTRL_FREQ_RANGE_1_15MHZ | XOSC_CTRL_ENABLE;
    if (!wait_for(&XOSC_STATUS, XOSC_STATUS_STABLE)) {
        return;
    }
    CLK_REF_DIV = CLK_DIV_BY_1;
    SET(CLK_REF_CTRL) = CLK_REF_CTRL_SRC_XOSC;
    (void)wait_for(&CLK_REF_SELECTED, 1u << CLK_REF_CTRL_SRC_XOSC);

    SET(RESETS_RESET) = RESETS_PLL_SYS | RESETS_PLL_USB;
    if (!leave_reset(RESETS_PLL_SYS | RESETS_PLL_USB)) {
        return;
    }
    if (start_pll(&pll_sys)) {
        CLK_SYS_DIV = CLK_DIV_BY_1;
        CLEAR(CLK_SYS_CTRL) = CLK_SYS_CTRL_AUXSRC;
        SET(CLK_SYS_CTRL) = CLK_SYS_CTRL_SRC;
        (void)wait_for(&CLK_SYS_SELECTED, 1u << CLK_SYS_CTRL_SRC);
    }
    if (start_pll(&pll_usb)) {
        CLK_PERI_CTRL = CLK_PERI_CTRL_AUXSRC_PLL_USB;
        CLK_PERI_CTRL = CLK_PERI_CTRL_AUXSRC_PLL_USB | CLK_PERI_CTRL_ENABLE;
    }
}

static void start_cycles(void)
{
    SYST_RVR = CYCLES_MASK;
    SYST_CVR = 0; /* any value: it loads RVR at the next cycle */
    SYST_CSR = SYST_CSR_ENABLE | SYST_CSR_CLKSOURCE;
    port.cycles_seen = SYST_CVR;
}

static uint64_t time_us(void)
{
    for (;;) { /* at most twice: the upper half changes once in 71 minutes */
        uint32_t high = TIMER_TIMERAWH;
        uint32_t low = TIMER_TIMERAWL;
        if (TIMER_TIMERAWH == high) {
            return (uint64_t)high << 32 | low;
        }
    }
}

void port_init(void)
{
    read_reset_cause();
    start_watchdog();
    (void)leave_reset(RESETS_IO_BANK0 | RESETS_PADS_BANK0 | RESETS_TIMER);
    port_led(false);
    SIO_GPIO_OE_SET = 1u << PORT_LED_PIN;
    GPIO_CTRL(PORT_LED_PIN) = GPIO_FUNCSEL_SIO;
    start_clocks();
    start_cycles();
    port.start_us = time_us();
    SET(RESETS_RESET) = RESETS_UART0;
    (void)leave_reset(RESETS_UART0);
    uart_init();
    TIMER_INTE = TIMER_INT_ALARM0;
    cortex_m_enable_irq(TIMER_IRQ_0);
    port_watchdog_feed();
}

/* -- time ------------------------------------------------------------------------------------------------------- */

uint32_t port_time_ms(void) { return (uint32_t)((time_us() - port.start_us) / 1000u); }

/* SysTick counts cycles of clk_sys down through 24 bits, asleep or awake; this adds up the differences between looks.
 * So it is exact over any stretch within which it is asked at least every 2^24 cycles (134 ms), and short by a multiple of
 * that over others: a step of the main loop is far shorter. */
uint32_t port_cycles(void)
{
    uint32_t now = SYST_CVR;
    port.cycles += (port.cycles_seen - now) & CYCLES_MASK;
    port.cycles_seen = now;
    return port.cycles;
}

/* -- sleep ------------------------------------------------------------------------------------------------------ */

void timer0_handler(void)
{
    TIMER_INTR = TIMER_INT_ALARM0; /* it has woken the CPU, which was all it was for */
    (void)TIMER_INTR;              /* the clearing write has arrived before the handler returns */
}

/* The UART gathers by itself: its interrupt comes for 16 bytes, or for less when the line has fallen silent. */
void port_sleep(void)
{
    cortex_m_mask();
    if (!uart_has_byte()) {
        TIMER_ALARM0 = TIMER_TIMERAWL + HALF_WATCHDOG_US;
        cortex_m_wait();
        TIMER_ARMED = TIMER_INT_ALARM0;
    }
    cortex_m_unmask();
}

/* -- the rest --------------------------------------------------------------------------------------------------- */

void port_led(bool on)
{
    if (on) {
        SIO_GPIO_OUT_SET = 1u << PORT_LED_PIN;
    } else {
        SIO_GPIO_OUT_CLR = 1u << PORT_LED_PIN;
    }
}

port_reset_t port_reset_cause(void) { return port.reset; }

/* The RP2040 has no identity of its own; its flash has one, which boot2.S read before the flash became memory. */
void port_unique_id(uint8_t id[PORT_UNIQUE_ID_BYTES])
{
    uint64_t all = (uint64_t)WATCHDOG_SCRATCH0 << 32 | WATCHDOG_SCRATCH1;
    for (unsigned i = 0; i < PORT_UNIQUE_ID_BYTES; i++) {
        id[i] = (uint8_t)(all >> (56u - 8u * i));
    }
}

void port_watchdog_feed(void) { WATCHDOG_LOAD = WATCHDOG_PERIOD; }

/* SYSRESETREQ resets the core that asks and nothing else (2.4.2.9); the watchdog's trigger takes the peripherals along, by
 * PSM_WDSEL, which is set here again because a fault may come before port_init() or after anything. */
void port_restart(void)
{
    __asm__ volatile("cpsid i" ::: "memory");
    WATCHDOG_SCRATCH3 = RESTART_MARK;
    PSM_WDSEL = PSM_WDSEL_ALL & ~(PSM_WDSEL_ROSC | PSM_WDSEL_XOSC);
    SET(WATCHDOG_CTRL) = WATCHDOG_CTRL_TRIGGER;
    for (;;) {
    }
}
