/* The port of every STM32-family chip but for its clocks and its UART: start, watchdog, reset cause, pins, identity.
 *
 * Sections are those of RM0351 (STM32L4) and RM0433 (STM32H7), in this order.
 */
#include "stm32.h"

/* IWDG: LSI is divided by 64, so that a count is about 2 ms and twelve bits are about 8 s. */
enum { IWDG_PR_64 = 4, IWDG_DIVIDER = 64 };

typedef char half_watchdog_fits_the_timer[PORT_WATCHDOG_MS / 2 * (STM32_TICK_HZ / 1000) < 65536 ? 1 : -1];

static port_reset_t reset_cause;

/* -- pins -------------------------------------------------------------------------------------------------------- */

static uint32_t port_of(uint32_t pin) { return stm32_chip.gpio + 0x400u * (pin / 16u); }

static void set_field(uint32_t address, uint32_t width, uint32_t at, uint32_t value)
{
    uint32_t shift = width * at;
    REG32(address) = (REG32(address) & ~(((1u << width) - 1u) << shift)) | value << shift;
}

void stm32_pin_output(uint32_t pin)
{
    set_field(port_of(pin) + GPIO_MODER, 2, pin % 16u, GPIO_MODER_OUTPUT);
}

/* The pull-up keeps an open line silent, and TX high until the transmitter drives it. */
void stm32_pin_uart(uint32_t pin)
{
    uint32_t port = port_of(pin);
    set_field(port + GPIO_PUPDR, 2, pin % 16u, GPIO_PUPDR_UP);
    set_field(port + GPIO_AFRL + pin % 16u / 8u * 4u, 4, pin % 8u, stm32_chip.usart.function);
    set_field(port + GPIO_MODER, 2, pin % 16u, GPIO_MODER_ALTERNATE);
}

void port_led(bool on)
{
    REG32(port_of(PORT_LED_PIN) + GPIO_BSRR) = 1u << (PORT_LED_PIN % 16u + (on ? 0u : 16u)); /* lit by a high pin */
}

/* -- start ------------------------------------------------------------------------------------------------------- */

/* 6.2.1, 8.4.4: flags collect until RMVF clears them. Every reset pulls the reset pin too, so the pin's flag, which is
 * the table's last, tells only when it is alone. */
static void read_reset_cause(void)
{
    uint32_t flags = REG32(stm32_chip.reset_flags);
    reset_cause = PORT_RESET_POWER;
    for (const stm32_reset_t *row = stm32_chip.resets; row->flag != 0; row++) {
        if (flags & row->flag) {
            reset_cause = row->cause;
            break;
        }
    }
    REG32(stm32_chip.reset_flags) |= stm32_chip.reset_clear;
    REG32(stm32_chip.reset_flags) &= ~stm32_chip.reset_clear; /* or later resets would be cleared as they come */
}

/* 36.3, 46.3: started first, which also starts LSI; then PR and RLR, which take some LSI cycles to arrive. Every reset
 * stops it again. It runs in sleep. */
static void start_watchdog(void)
{
    uint32_t iwdg = stm32_chip.iwdg;
    uint32_t counts = (uint32_t)(PORT_WATCHDOG_MS * (uint64_t)stm32_chip.lsi_hz / (1000u * IWDG_DIVIDER)) - 1u;
    if (stm32_chip.lsi_on.address != 0) {
        REG32(stm32_chip.lsi_on.address) |= stm32_chip.lsi_on.bits;
    }
    REG32(iwdg + IWDG_KR) = IWDG_KR_START;
    REG32(iwdg + IWDG_KR) = IWDG_KR_UNLOCK;
    REG32(iwdg + IWDG_PR) = IWDG_PR_64;
    REG32(iwdg + IWDG_RLR) = counts < IWDG_RLR_MAX ? counts : IWDG_RLR_MAX;
    stm32_wait(iwdg + IWDG_SR, IWDG_SR_PVU_RVU, 0);
    port_watchdog_feed();
}

void port_init(void)
{
    SCB_VTOR = STM32_FLASH; /* whether a reset finds it aliased at 0 or was told to go there */
    read_reset_cause();
    start_watchdog();
#if __ARM_ARCH >= 7
    cortex_m_start_cycles();
#endif
    stm32_start_clocks();
    for (const stm32_set_t *row = stm32_chip.enables; row->address != 0; row++) {
        REG32(row->address) |= row->bits;
        (void)REG32(row->address); /* the clock runs two cycles after the write (6.2.19, 8.5.11) */
    }
    port_led(false);
    stm32_pin_output(PORT_LED_PIN);
    stm32_uart_init();
    stm32_time_init();
    port_watchdog_feed();
}

/* -- the rest ---------------------------------------------------------------------------------------------------- */

port_reset_t port_reset_cause(void) { return reset_cause; }

/* PORT_HAS_UID is 0 where nothing is at that address: on emulators of this family that are not ours. */
void port_unique_id(uint8_t id[PORT_UNIQUE_ID_BYTES])
{
    for (unsigned i = 0; i < PORT_UNIQUE_ID_BYTES; i++) {
        id[i] = PORT_HAS_UID ? (uint8_t)(REG32(stm32_chip.unique_id + (i & ~3u)) >> (8u * (i % 4u))) : 0;
    }
}

#if __ARM_ARCH >= 7
uint32_t port_cycles(void) { return DWT_CYCCNT; } /* an ARMv6-M chip has no such counter and tells in its port.c */
#endif

void port_watchdog_feed(void) { REG32(stm32_chip.iwdg + IWDG_KR) = IWDG_KR_RELOAD; }

/* With the mask set from the look to the sleep, no byte slips in between: its interrupt stays pending and ends the
 * sleep at once. Which interrupt a byte causes, and when, is the UART's business (uart_dma.c, uart_irq.c). */
void port_sleep(void)
{
    stm32_uart_send();
    cortex_m_mask();
    if (!stm32_uart_has_byte()) {
        stm32_doze(PORT_WATCHDOG_MS / 2 * (STM32_TICK_HZ / 1000));
    }
    cortex_m_unmask();
}
