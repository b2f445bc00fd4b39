/* The STM32-family UART without DMA: an interrupt takes each received byte to the ring and fetches each one to send.
 *
 * RM0351 40.5.2, 40.5.3; RM0433 48.5.5, 48.5.6. At 1 Mbaud the handler has 10 us for a byte: the products use DMA.
 */
#include "uart.h"

#if !PORT_UART_DMA

#define CR1_LISTEN (stm32_chip.usart.enable | USART_CR1_TE | USART_CR1_RE | USART_CR1_RXNEIE)

void uart_start(void) { REG32(stm32_chip.usart.cr1) = CR1_LISTEN; }

uint32_t uart_received(void) { return stm32_uart.rx_base; }

void uart_queued(void) { REG32(stm32_chip.usart.cr1) = CR1_LISTEN | USART_CR1_TXEIE; }

/* A byte whose stop bit is missing is not stored. */
static void receive(uint32_t status)
{
    uint8_t byte = (uint8_t)REG32(stm32_chip.usart.receive);
    if ((status & USART_ISR_FE) != 0) {
        return;
    }
    if (stm32_uart.rx_base - stm32_uart.rx_taken == UART_RX_BYTES) {
        stm32_uart.faults++;
        return;
    }
    stm32_rx_ring[stm32_uart.rx_base % UART_RX_BYTES] = byte;
    stm32_uart.rx_base++;
}

void stm32_usart_handler(void)
{
    uint32_t status = REG32(stm32_chip.usart.status);
    if (status & USART_ISR_RXNE) {
        receive(status);
    }
    if (status & USART_ISR_ERRORS) {
        uart_clear(status & USART_ISR_ERRORS);
        for (uint32_t errors = status & USART_ISR_ERRORS; errors != 0; errors &= errors - 1u) {
            stm32_uart.faults++;
        }
    }
    if (status & USART_ISR_TXE) {
        if (stm32_uart.tx.tail != stm32_uart.tx.head) {
            REG32(stm32_chip.usart.transmit) = stm32_tx_ring[stm32_uart.tx.tail % UART_TX_BYTES];
            stm32_uart.tx.tail++;
        } else {
            REG32(stm32_chip.usart.cr1) = CR1_LISTEN;
        }
    }
    (void)REG32(stm32_chip.usart.status);
}

/* Never enabled. */
void stm32_dma_rx_handler(void) { cortex_m_unexpected(); }
void stm32_dma_tx_handler(void) { cortex_m_unexpected(); }

#else
typedef int uart_with_dma; /* C99 wants something in every file */
#endif
