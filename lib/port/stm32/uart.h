/* The two halves of the STM32-family UART: its rings (uart.c), and what moves bytes (uart_dma.c or uart_irq.c). */
#ifndef STM32_UART_H
#define STM32_UART_H

#include "../cortex_m/cortex_m_tx.h"
#include "stm32.h"

enum { UART_RX_BYTES = PORT_UART_RX_BYTES, UART_TX_BYTES = PORT_UART_TX_BYTES };

/* Positions count bytes since port_init() and wrap at 2^32; the rings' sizes are powers of two, which divide that. */
typedef struct {
    uint32_t rx_taken;          /* end of what the main loop took */
    volatile uint32_t rx_base;  /* bytes received; by DMA: in whole turns of the ring */
    cortex_m_tx_t tx;
    volatile uint32_t tx_busy;  /* bytes that the DMA is sending from tx.tail */
    volatile uint32_t faults;
} uart_t;

extern uart_t stm32_uart;
extern uint8_t stm32_rx_ring[UART_RX_BYTES];
extern uint8_t stm32_tx_ring[UART_TX_BYTES];

/* Clears errors and IDLE. The older USART wants a read of the status and then one of the data, which must not be a byte that
 * DMA has not taken yet: one that waits is left to DMA, whose read clears as well. The next cannot have come between the two
 * reads, unless this handler came a whole byte's time late. */
static inline void uart_clear(uint32_t flags)
{
    if (stm32_chip.usart.clear != 0) {
        REG32(stm32_chip.usart.clear) = flags;
    } else if (flags != 0 && (REG32(stm32_chip.usart.status) & USART_ISR_RXNE) == 0) {
        (void)REG32(stm32_chip.usart.receive);
    }
}

/* DMA is about to write data, and TC may still be set from what was sent before. The newer USART clears it with each byte
 * that it is given. The older one wants a read of the status before the write, which DMA does not do, or a 0 written to TC
 * (RM0008, 27.3.13). A 1 leaves RXNE as it is. */
static inline void uart_clear_complete(void)
{
    if (stm32_chip.usart.clear == 0) {
        REG32(stm32_chip.usart.status) = USART_ISR_RXNE;
    }
}

/* -- what each of the two ways has ------------------------------------------------------------------------------- */

/* Switches the receiver and the transmitter on; their pins and rate are set. */
void uart_start(void);

/* With interrupts masked: the end of what has been received. */
uint32_t uart_received(void);

/* With interrupts masked: more was queued. */
void uart_queued(void);

#endif
