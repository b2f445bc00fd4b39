/* The RP2040's UART0 as the port's other half uses it. */
#ifndef RP2040_UART_H
#define RP2040_UART_H

#include <stdbool.h>

/* With the UART, its pins and clk_peri out of reset. */
void uart_init(void);

/* Whether a received byte waits; exact with interrupts masked. */
bool uart_has_byte(void);

#endif
