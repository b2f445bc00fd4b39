/* The ATmega328P's USART0 as the port's other half uses it. */
#ifndef ATMEGA328P_UART_H
#define ATMEGA328P_UART_H

#include <stdbool.h>

/* With interrupts off. */
void uart_init(void);

/* With interrupts off: whether a received byte is waiting. */
bool uart_has_byte(void);

#endif
