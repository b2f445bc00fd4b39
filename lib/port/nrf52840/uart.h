/* The nRF52840's UART as the port's other half uses it: uart.c with EasyDMA, or uart_bytes.c without (PORT_UART_DMA). */
#ifndef NRF52840_UART_H
#define NRF52840_UART_H

#include <stdbool.h>

#include "nrf52840.h"

#if PORT_UART_BAUD == 1000000
#define UART_BAUDRATE UARTE_BAUDRATE_1M
#elif PORT_UART_BAUD == 115200
#define UART_BAUDRATE UARTE_BAUDRATE_115200
#else
#error "PORT_UART_BAUD: 1000000 or 115200"
#endif

/* Without DMA each byte wakes the CPU, and there is nothing to wait for. */
enum { UART_GATHERS = PORT_UART_DMA };

void uart_init(void);

/* Both with interrupts masked: asks for a wake-up at the next byte, and whether one is already waiting. */
void uart_wake_on_byte(bool on);
bool uart_has_byte(void);

/* Pins, rate and format, before the UART is enabled. TX idles high before it becomes an output; RX is pulled up so that an
 * open line is silent (6.34.8: the pins are configured in GPIO first, as the UARTE does when it is enabled). */
static inline void uart_connect(void)
{
    P0_OUTSET = 1u << PORT_UART_TX_PIN;
    P0_DIRSET = 1u << PORT_UART_TX_PIN;
    P0_PIN_CNF(PORT_UART_RX_PIN) = PIN_CNF_INPUT_PULLUP;
    UARTE0_PSEL_RTS = UARTE_PSEL_DISCONNECTED;
    UARTE0_PSEL_CTS = UARTE_PSEL_DISCONNECTED;
    UARTE0_PSEL_TXD = PORT_UART_TX_PIN;
    UARTE0_PSEL_RXD = PORT_UART_RX_PIN;
    UARTE0_CONFIG = 0;
    UARTE0_BAUDRATE = UART_BAUDRATE;
}

#endif
