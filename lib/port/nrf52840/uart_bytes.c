/* The UART without EasyDMA (PS v1.7, 6.33), the way of nRF51 and of PORT_UART_DMA = 0: an interrupt for each byte.
 *
 * It frees a chip's DMA and needs less RAM; the CPU wakes for every byte, and at 1 Mbaud has 640 cycles for each, with six
 * in the receiver's FIFO. QEMU models this peripheral and not the other, so it is also how the port meets an emulator
 * that nobody here wrote (test/cross_check).
 */
#include "uart.h"

#if !PORT_UART_DMA

#include "../cortex_m/cortex_m_tx.h"
#include "../port.h"
#include "nrf52840.h"

enum { RX_BYTES = 4096, TX_BYTES = 256 };

typedef char rx_holds_the_window[RX_BYTES >= NODE_WINDOW * NODE_LINE_BYTES ? 1 : -1];

/* Positions count bytes since port_init() and wrap at 2^32; the ring sizes divide that. */
static struct {
    volatile uint32_t rx_head; /* end of what arrived */
    volatile uint32_t rx_tail; /* end of what the main loop took */
    cortex_m_tx_t tx;
    volatile bool sending; /* the byte at tx.tail */
    volatile uint32_t faults;
} uart;

static volatile uint8_t rx_ring[RX_BYTES];
static volatile uint8_t tx_ring[TX_BYTES];

void uart_init(void)
{
    uart_connect();
    UARTE0_ENABLE = UART_ENABLE_ENABLED;
    UARTE0_INTENSET = UARTE_INT_RXDRDY | UART_INT_TXDRDY | UARTE_INT_ERROR;
    cortex_m_enable_irq(UARTE0_IRQ);
    UARTE0_TASKS_STARTRX = 1;
    UARTE0_TASKS_STARTTX = 1;
}

size_t port_uart_read(uint8_t *to, size_t n)
{
    size_t taken = 0;
    uint32_t tail = uart.rx_tail;
    while (taken < n && tail != uart.rx_head) {
        to[taken++] = rx_ring[tail++ % RX_BYTES];
    }
    uart.rx_tail = tail;
    return taken;
}

uint32_t port_uart_faults(void) { return uart.faults; }

void uart_wake_on_byte(bool on) { (void)on; /* each byte wakes the CPU anyway */ }

bool uart_has_byte(void) { return uart.rx_head != uart.rx_tail; }

/* With the handler kept out, and nothing being sent. */
static void send_next(void)
{
    uart.sending = uart.tx.tail != uart.tx.head;
    if (uart.sending) {
        UART0_TXD = tx_ring[uart.tx.tail % TX_BYTES];
    }
}

void port_uart_write(const uint8_t *from, size_t n)
{
    while (n != 0) {
        size_t part = cortex_m_tx_put(&uart.tx, tx_ring, TX_BYTES, from, n);
        from += part;
        n -= part;
        cortex_m_mask();
        if (!uart.sending) {
            send_next();
        }
        cortex_m_unmask();
    }
}

void port_uart_flush(void) { cortex_m_tx_wait(&uart.tx); }

void uarte0_handler(void)
{
    if (UARTE0_EVENTS_ERROR != 0) {
        UARTE0_EVENTS_ERROR = 0;
        uint32_t source = UARTE0_ERRORSRC;
        UARTE0_ERRORSRC = source;
        for (; source != 0; source &= source - 1u) {
            uart.faults++;
        }
    }
    while (UARTE0_EVENTS_RXDRDY != 0) {
        UARTE0_EVENTS_RXDRDY = 0; /* before RXD is read: that lets the FIFO's next byte raise it again (6.33.3) */
        const uint8_t byte = (uint8_t)UART0_RXD;
        if (uart.rx_head - uart.rx_tail == RX_BYTES) {
            uart.faults++;
        } else {
            rx_ring[uart.rx_head % RX_BYTES] = byte;
            uart.rx_head++;
        }
    }
    if (UART0_EVENTS_TXDRDY != 0) {
        UART0_EVENTS_TXDRDY = 0;
        uart.tx.tail++;
        send_next();
    }
    (void)UART0_EVENTS_TXDRDY; /* the clearing write has arrived before the handler returns */
}

#else
typedef int no_uart_without_dma; /* C99 wants something in every file */
#endif
