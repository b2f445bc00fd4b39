/* The nRF52840's UARTE as the port's other half uses it. */
#ifndef NRF52840_UART_H
#define NRF52840_UART_H

#include <stdbool.h>

void uart_init(void);

/* Both with interrupts masked: asks for a wake-up at the next byte, and whether one is already waiting. */
void uart_wake_on_byte(bool on);
bool uart_has_byte(void);

#endif
