/* The ATmega328P: one line a case over its port's UART, and END when the program has told all. */
#include "bits.h"
#include "port.h"

bool bits_small(void)
{
    return true;
}

void print_crc(uint16_t value)
{
    uint8_t text[5] = {0, 0, 0, 0, '\n'};
    for (uint8_t i = 0; i < 4u; i++) {
        const uint8_t digit = (uint8_t)(value >> (12u - 4u * i) & 0xFu);
        text[i] = (uint8_t)(digit < 10u ? '0' + digit : 'A' - 10 + digit);
    }
    port_watchdog_feed();
    port_uart_write(text, sizeof text);
}

int main(void)
{
    port_init();
    bits();
    port_uart_write((const uint8_t *)"END\n", 4);
    for (;;) {
        port_watchdog_feed();
        port_sleep();
    }
}
