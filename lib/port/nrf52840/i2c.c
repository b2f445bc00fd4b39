/* I²C by TWIM0 (PS v1.7, 6.31), and the sensor's interrupt pin by GPIOTE (6.10). */
#include "../port_i2c.h"

#include "../port.h"
#include "nrf52840.h"

#define SCL (1u << PORT_I2C_SCL_PIN)
#define SDA (1u << PORT_I2C_SDA_PIN)

enum { BIT_RATE = 390000, BITS_A_BYTE = 9, CLOCKS_TO_FREE = 9 };

/* Half a clock at 100 kHz, or longer: loop turns take several cycles. */
static void half_clock(void)
{
    for (unsigned i = 0; i < PORT_CPU_HZ / 600000u; i++) {
        __asm__ volatile("nop");
    }
}

static bool lines_are_high(void) { return (P0_IN & (SCL | SDA)) == (SCL | SDA); }

/* UM10204, 3.1.16: a part that was reset or lost its controller half-way through a byte holds SDA low until it has sent the
 * rest; then a stop. With the pins as open-drain outputs, "high" is let go. */
static void free_bus(void)
{
    TWIM0_ENABLE = 0;
    P0_OUTSET = SCL | SDA;
    P0_DIRSET = SCL | SDA;
    half_clock();
    for (int clock = 0; clock < CLOCKS_TO_FREE && (P0_IN & SDA) == 0; clock++) {
        P0_OUTCLR = SCL;
        half_clock();
        P0_OUTSET = SCL;
        half_clock();
    }
    P0_OUTCLR = SDA;
    half_clock();
    P0_OUTSET = SDA;
    half_clock();
    P0_DIRCLR = SCL | SDA;
}

void port_i2c_init(void)
{
    TWIM0_ENABLE = 0;
    P0_PIN_CNF(PORT_I2C_SCL_PIN) = PIN_CNF_OPEN_DRAIN;
    P0_PIN_CNF(PORT_I2C_SDA_PIN) = PIN_CNF_OPEN_DRAIN;
    if (!lines_are_high()) {
        free_bus();
    }
    TWIM0_PSEL_SCL = PORT_I2C_SCL_PIN;
    TWIM0_PSEL_SDA = PORT_I2C_SDA_PIN;
    TWIM0_FREQUENCY = TWIM_FREQUENCY_K390;
    TWIM0_ENABLE = TWIM_ENABLE_ENABLED;

    P0_PIN_CNF(PORT_SENSOR_INT_PIN) = PIN_CNF_INPUT_PULLDOWN;
    GPIOTE_CONFIG0 = GPIOTE_CONFIG_EVENT_RISE(PORT_SENSOR_INT_PIN);
    GPIOTE_EVENTS_IN0 = 0;
    GPIOTE_INTENSET = GPIOTE_INT_IN0;
    cortex_m_enable_irq(GPIOTE_IRQ);
    cortex_m_enable_irq(TWIM0_IRQ);
}

bool port_i2c_interrupt(void) { return (P0_IN >> PORT_SENSOR_INT_PIN & 1u) != 0; }

static volatile bool rose; /* the interrupt pin, since it was last asked */

bool i2c_rose(void)
{
    const bool was = rose;
    rose = false;
    return was;
}

void gpiote_handler(void)
{
    rose = true;
    GPIOTE_EVENTS_IN0 = 0;
    (void)GPIOTE_EVENTS_IN0; /* the clearing write has arrived before the handler returns */
}

/* It too has only woken the CPU; the one who waits looks at the events. */
void twim0_handler(void)
{
    TWIM0_INTENCLR = TWIM_INT_STOPPED | TWIM_INT_ERROR;
    (void)TWIM0_INTENCLR;
}

/* Sleeps until the transfer has stopped; false when its time and the patience are over. */
static bool wait_for_stop(uint32_t patience_ms)
{
    const uint32_t from = port_time_ms();
    while (TWIM0_EVENTS_STOPPED == 0) {
        if (TWIM0_EVENTS_ERROR != 0) { /* 6.31.4: an error does not stop the transfer by itself */
            TWIM0_EVENTS_ERROR = 0;
            TWIM0_TASKS_STOP = 1;
        }
        if (port_time_ms() - from > patience_ms) {
            return false;
        }
        cortex_m_mask();
        TWIM0_INTENSET = TWIM_INT_STOPPED | TWIM_INT_ERROR;
        if (TWIM0_EVENTS_STOPPED == 0 && TWIM0_EVENTS_ERROR == 0) {
            doze_ms(patience_ms);
        }
        cortex_m_unmask();
    }
    return true;
}

port_i2c_t port_i2c_transfer(uint8_t address, const uint8_t *put, size_t n_put, uint8_t *got, size_t n_got)
{
    if (!lines_are_high()) {
        port_i2c_init();
        if (!lines_are_high()) {
            return PORT_I2C_STUCK;
        }
    }
    TWIM0_ADDRESS = address;
    TWIM0_TXD_PTR = (uint32_t)(uintptr_t)put;
    TWIM0_TXD_MAXCNT = (uint32_t)n_put;
    TWIM0_RXD_PTR = (uint32_t)(uintptr_t)got;
    TWIM0_RXD_MAXCNT = (uint32_t)n_got;
    TWIM0_SHORTS = n_got == 0 ? TWIM_SHORTS_LASTTX_STOP : TWIM_SHORTS_LASTTX_STARTRX | TWIM_SHORTS_LASTRX_STOP;
    TWIM0_EVENTS_STOPPED = 0;
    TWIM0_EVENTS_ERROR = 0;
    __asm__ volatile("dsb" ::: "memory"); /* what is to be sent is in RAM */
    if (n_put != 0) {
        TWIM0_TASKS_STARTTX = 1;
    } else {
        TWIM0_TASKS_STARTRX = 1;
    }
    const uint32_t bytes = (uint32_t)(n_put + n_got) + 2u;
    if (!wait_for_stop(bytes * BITS_A_BYTE * 1000u / BIT_RATE + PORT_I2C_PATIENCE_MS)) {
        port_i2c_init();
        return PORT_I2C_STUCK;
    }
    const uint32_t why = TWIM0_ERRORSRC;
    TWIM0_ERRORSRC = why;
    if (why != 0) {
        return why & TWIM_ERRORSRC_ANACK ? PORT_I2C_NOBODY : PORT_I2C_REFUSED;
    }
    const bool whole = TWIM0_TXD_AMOUNT == n_put && (n_got == 0 || TWIM0_RXD_AMOUNT == n_got);
    __asm__ volatile("dsb" ::: "memory"); /* what came is read after it came */
    return whole ? PORT_I2C_DONE : PORT_I2C_REFUSED;
}
