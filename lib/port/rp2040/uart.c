/* The RP2040's UART0, an ARM PL011 (RP2040 Datasheet 4.2): its FIFOs, emptied and filled by interrupt.
 *
 * Receiving: the interrupt comes when 16 of the FIFO's 32 bytes are there, or when the line has been idle for 32 bits with
 * less (4.2.6.4). At 1 Mbaud that leaves the handler 160 microseconds before a byte is lost; it takes a few. Bytes then wait
 * in a ring in RAM, which holds the window. What the UART calls damaged (framing, parity, break) is counted, not stored.
 *
 * Sending: the TX interrupt comes when the FIFO drains *through* its level, never for being below it (4.2.6.3). So the
 * FIFO is filled by whoever queues bytes, and the interrupt is only asked for while it is full and more waits: then it
 * is above its level and will have to pass it.
 */
#include "uart.h"

#include "../cortex_m/cortex_m_tx.h"
#include "../port.h"
#include "rp2040.h"

enum { RX_BYTES = 4096, TX_BYTES = 1024 };

/* Longer than 32 bytes take on the wire at 9600 baud, in loop turns of several cycles each. */
enum { PATIENCE = 2000000 };

typedef char rx_holds_the_window[RX_BYTES >= NODE_WINDOW * NODE_LINE_BYTES ? 1 : -1];

/* 4.2.7.1: the divisor in 64ths. For 1 Mbaud it is 192, exactly 3. */
#define BAUD_DIVISOR_64 ((PORT_UART_CLOCK_HZ * 4u + PORT_UART_BAUD / 2u) / PORT_UART_BAUD)

typedef char divisor_is_in_range[BAUD_DIVISOR_64 >= 64u && BAUD_DIVISOR_64 < 65536u * 64u ? 1 : -1];

/* Positions count bytes since port_init() and wrap at 2^32; the ring sizes divide that. */
static struct {
    volatile uint32_t rx_head; /* end of what was received; the handler's */
    volatile uint32_t rx_tail; /* end of what was taken */
    volatile uint32_t faults;
    cortex_m_tx_t sent;
    uint8_t rx[RX_BYTES];
    uint8_t tx[TX_BYTES];
} uart;

void uart_init(void)
{
    UART0_UARTCR = 0;
    UART0_UARTIBRD = BAUD_DIVISOR_64 / 64u;
    UART0_UARTFBRD = BAUD_DIVISOR_64 % 64u;
    UART0_UARTLCR_H = UARTLCR_H_WLEN_8 | UARTLCR_H_FEN; /* writing it takes the divisor over, too (4.2.7.1) */
    UART0_UARTIFLS = UARTIFLS_TX_1_8 | UARTIFLS_RX_1_2;
    UART0_UARTCR = UARTCR_UARTEN | UARTCR_TXE | UARTCR_RXE;
    /* The pins last: TX idles high by now. RX is pulled up so that an open line is silent; a pad's own state after reset
     * is a pull-down (2.19.6.3), which would be a break. */
    PADS_GPIO(PORT_UART_RX_PIN) = PADS_IE | PADS_PUE | PADS_SCHMITT | PADS_DRIVE_4MA;
    GPIO_CTRL(PORT_UART_TX_PIN) = GPIO_FUNCSEL_UART;
    GPIO_CTRL(PORT_UART_RX_PIN) = GPIO_FUNCSEL_UART;
    REG32(UART0_UARTIMSC) = UART_INT_RX | UART_INT_RT | UART_INT_OE;
    cortex_m_enable_irq(UART0_IRQ);
}

/* -- receiving -------------------------------------------------------------------------------------------------- */

static void receive(void)
{
    if ((UART0_UARTRIS & UART_INT_OE) != 0) { /* what was in the FIFO is good; what came after it is gone */
        UART0_UARTICR = UART_INT_OE;
        uart.faults++;
    }
    uint32_t head = uart.rx_head;
    while ((UART0_UARTFR & UARTFR_RXFE) == 0) {
        uint32_t data = UART0_UARTDR;
        if ((data & (UARTDR_FE | UARTDR_PE | UARTDR_BE)) != 0) { /* a break is a framing error, too: one fault */
            uart.faults++;
        } else if (head - uart.rx_tail == RX_BYTES) {
            uart.faults++;
        } else {
            uart.rx[head++ % RX_BYTES] = (uint8_t)data;
        }
    }
    uart.rx_head = head; /* an empty FIFO has taken RX and RT back by itself (4.2.6) */
}

size_t port_uart_read(uint8_t *to, size_t n)
{
    uint32_t tail = uart.rx_tail;
    size_t ready = uart.rx_head - tail;
    size_t taken = n < ready ? n : ready;
    for (size_t i = 0; i < taken; i++) {
        to[i] = uart.rx[tail++ % RX_BYTES];
    }
    uart.rx_tail = tail;
    return taken;
}

uint32_t port_uart_faults(void) { return uart.faults; }

bool uart_has_byte(void) { return uart.rx_head != uart.rx_tail; }

/* -- sending ---------------------------------------------------------------------------------------------------- */

/* With the handler kept out: gives the FIFO what it takes, and asks for the interrupt when something is left. */
static void fill(void)
{
    uint32_t tail = uart.sent.tail;
    while (tail != uart.sent.head && (UART0_UARTFR & UARTFR_TXFF) == 0) {
        UART0_UARTDR = uart.tx[tail++ % TX_BYTES];
    }
    uart.sent.tail = tail;
    if (tail != uart.sent.head) {
        SET(UART0_UARTIMSC) = UART_INT_TX;
    } else {
        CLEAR(UART0_UARTIMSC) = UART_INT_TX;
    }
}

void port_uart_write(const uint8_t *from, size_t n)
{
    while (n != 0) {
        size_t part = cortex_m_tx_put(&uart.sent, uart.tx, TX_BYTES, from, n);
        from += part;
        n -= part;
        cortex_m_mask();
        fill();
        cortex_m_unmask();
    }
}

/* No interrupt tells that the last byte has left the shift register (4.2.6), so the end is waited for. */
void port_uart_flush(void)
{
    cortex_m_tx_wait(&uart.sent);
    for (int turns = 0; (UART0_UARTFR & UARTFR_BUSY) != 0 && turns < PATIENCE; turns++) {
    }
}

/* -- interrupt -------------------------------------------------------------------------------------------------- */

void uart0_handler(void)
{
    receive();
    fill();
}
