/* The UART of the STM32-family ports: a ring for each direction, read and written by the main loop.
 *
 * RM0351 40.5, RM0433 48.5. 8N1, sampled 16 times a bit. PORT_UART_DMA chooses who moves the bytes: 1, DMA (uart_dma.c),
 * and none waits for the CPU; 0, an interrupt for each byte (uart_irq.c), for engines that have no DMA.
 */
#include "uart.h"

enum { RX_LOOK = 64 }; /* bytes that are taken without another look at where the receiver is */

/* Whoever writes the ring goes on while bytes are copied out, so the last RX_LOOK of it are no room. */
enum { RX_SAFE = UART_RX_BYTES - 2 * RX_LOOK };

typedef char rx_holds_the_window[RX_SAFE >= NODE_WINDOW * NODE_LINE_BYTES ? 1 : -1];
typedef char rings_are_powers_of_two[(UART_RX_BYTES & (UART_RX_BYTES - 1)) == 0 &&
                                             (UART_TX_BYTES & (UART_TX_BYTES - 1)) == 0
                                         ? 1
                                         : -1];

uart_t stm32_uart;
uint8_t stm32_rx_ring[UART_RX_BYTES] __attribute__((section(".dma"), aligned(4)));
uint8_t stm32_tx_ring[UART_TX_BYTES] __attribute__((section(".dma"), aligned(4)));

static uint32_t rx_seen; /* end of what may be taken before the next look */

void stm32_uart_init(void)
{
    stm32_pin_uart(PORT_UART_TX_PIN);
    stm32_pin_uart(PORT_UART_RX_PIN);
    REG32(stm32_chip.usart.brr) = stm32_chip.usart.divider;
    uart_start();
    cortex_m_enable_irq(stm32_chip.usart.irq);
}

/* -- receiving --------------------------------------------------------------------------------------------------- */

/* With interrupts masked: bytes that wait. A circular DMA reloads its counter at the end of a turn, and no manual says
 * that the flag that tells of it is there as early. Seen in between, the end lies a turn back: then nothing waits yet,
 * and if the CPU goes to sleep, that flag's interrupt ends it. */
static uint32_t waiting(void)
{
    uint32_t ready = uart_received() - stm32_uart.rx_taken;
    return (int32_t)ready > 0 ? ready : 0;
}

static bool look(void)
{
    cortex_m_mask();
    uint32_t ready = waiting();
    cortex_m_unmask();
    if (ready == 0) {
        return false;
    }
    if (ready > RX_SAFE) { /* too much at once, against the protocol: the oldest bytes are or will be overwritten */
        stm32_uart.rx_taken += ready - RX_SAFE;
        ready = RX_SAFE;
        cortex_m_mask();
        stm32_uart.faults++;
        cortex_m_unmask();
    }
    rx_seen = stm32_uart.rx_taken + (ready < RX_LOOK ? ready : RX_LOOK);
    return true;
}

size_t port_uart_read(uint8_t *to, size_t n)
{
    size_t taken = 0;
    const volatile uint8_t *ring = stm32_rx_ring; /* written by the DMA */
    while (taken < n && (stm32_uart.rx_taken != rx_seen || look())) {
        to[taken++] = ring[stm32_uart.rx_taken++ % UART_RX_BYTES];
    }
    return taken;
}

uint32_t port_uart_faults(void) { return stm32_uart.faults; }

bool stm32_uart_has_byte(void) { return waiting() != 0; }

/* -- sending ----------------------------------------------------------------------------------------------------- */

void port_uart_write(const uint8_t *from, size_t n)
{
    while (n != 0) {
        size_t part = cortex_m_tx_put(&stm32_uart.tx, stm32_tx_ring, UART_TX_BYTES, from, n);
        from += part;
        n -= part;
        if (from[-1] == '\n' || stm32_uart.tx.head - stm32_uart.tx.tail >= UART_TX_BYTES / 2) {
            stm32_uart_send();
        }
    }
}

/* A report comes in pieces of a few bytes, and a CPU that makes them more slowly than the line takes them would begin a
 * transfer, and serve its interrupt, for each. So sending begins with a line's end, with half a ring, or before a sleep. */
void stm32_uart_send(void)
{
    cortex_m_mask();
    uart_queued();
    cortex_m_unmask();
}

/* When the ring is empty, up to two bytes are still in the transmitter: TC tells that they have left (40.5.2, 48.5.5). */
void port_uart_flush(void)
{
    stm32_uart_send();
    cortex_m_tx_wait(&stm32_uart.tx);
    stm32_wait(stm32_chip.usart.status, USART_ISR_TC, USART_ISR_TC);
}
