/* The STM32-family UART with DMA: receives for ever into a ring, sends from one.
 *
 * RM0351 11.4, 40.5.15; RM0433 15.3, 48.5.17. The receiver's channel goes round its ring without an end; where it is, its
 * counter tells, and its interrupts at half and at the end of the ring count the turns. A sender who pauses for the time of
 * one byte raises IDLE. So whatever came wakes the CPU: at its end, or, while it goes on, twice a turn.
 */
#include "uart.h"

#if PORT_UART_DMA

#define CR3_RECEIVE (USART_CR3_DMAR | USART_CR3_EIE)

/* DMA reaches no core memory: both rings are in the board's region with the role `dma`. */
static uint32_t dma_address(const volatile void *p) { return (uint32_t)(uintptr_t)p; }

static void dma_start(const stm32_dma_t *dma, uint32_t peripheral, const volatile uint8_t *memory, uint32_t n)
{
    REG32(dma->clear) = dma->every;
    REG32(dma->peripheral) = peripheral;
    REG32(dma->memory) = dma_address(memory);
    REG32(dma->count) = n;
    __asm__ volatile("dsb" ::: "memory"); /* the ring's bytes are in memory */
    REG32(dma->control) = dma->setting; /* a stream takes its setting only while it is off (RM0433 15.5.5) */
    REG32(dma->control) = dma->setting | DMA_CCR_EN;
}

void uart_start(void)
{
    dma_start(&stm32_chip.rx, stm32_chip.usart.receive, stm32_rx_ring, UART_RX_BYTES);
    REG32(stm32_chip.usart.cr3) = CR3_RECEIVE;
    REG32(stm32_chip.usart.cr1) = stm32_chip.usart.enable | USART_CR1_TE;
    uart_clear(USART_ISR_ERRORS | USART_ISR_IDLE);
    REG32(stm32_chip.usart.cr1) = stm32_chip.usart.enable | USART_CR1_TE | USART_CR1_RE | USART_CR1_IDLEIE;
    cortex_m_enable_irq(stm32_chip.rx.irq);
    cortex_m_enable_irq(stm32_chip.tx.irq);
}

/* -- receiving --------------------------------------------------------------------------------------------------- */

uint32_t uart_received(void)
{
    const stm32_dma_t *dma = &stm32_chip.rx;
    uint32_t base = stm32_uart.rx_base;
    uint32_t left = REG32(dma->count);
    if (REG32(dma->flags) & dma->complete) { /* a turn ended, and the handler has not counted it */
        left = REG32(dma->count);
        base += UART_RX_BYTES;
    }
    __asm__ volatile("dmb" ::: "memory"); /* the ring is read after the counter */
    return base + (UART_RX_BYTES - left); /* the counter is reloaded at its end: it is never seen at 0 */
}

void stm32_dma_rx_handler(void)
{
    const stm32_dma_t *dma = &stm32_chip.rx;
    uint32_t flags = REG32(dma->flags) & dma->every;
    REG32(dma->clear) = flags;
    if (flags & dma->complete) {
        stm32_uart.rx_base += UART_RX_BYTES;
    }
    (void)REG32(dma->flags); /* the clearing write has arrived before the handler returns */
}

/* Errors: the byte is lost or not stored, and the position, which counts what is stored, stays right. IDLE has woken the
 * CPU, which is all that it is for. */
void stm32_usart_handler(void)
{
    uint32_t status = REG32(stm32_chip.usart.status) & (USART_ISR_ERRORS | USART_ISR_IDLE);
    uart_clear(status);
    for (uint32_t errors = status & USART_ISR_ERRORS; errors != 0; errors &= errors - 1u) {
        stm32_uart.faults++;
    }
    (void)REG32(stm32_chip.usart.status);
}

/* -- sending ----------------------------------------------------------------------------------------------------- */

/* From tx.tail to the end of what was queued, or of the ring. DMAT comes last, as in ST's and Puya's drivers: the USART
 * asks only while a channel is set up to answer. */
void uart_queued(void)
{
    uint32_t at = stm32_uart.tx.tail % UART_TX_BYTES;
    uint32_t n = stm32_uart.tx.head - stm32_uart.tx.tail;
    n = n < UART_TX_BYTES - at ? n : UART_TX_BYTES - at;
    if (stm32_uart.tx_busy == 0 && n != 0) {
        stm32_uart.tx_busy = n;
        dma_start(&stm32_chip.tx, stm32_chip.usart.transmit, &stm32_tx_ring[at], n);
        uart_clear_complete();
        REG32(stm32_chip.usart.cr3) = CR3_RECEIVE | USART_CR3_DMAT;
    }
}

void stm32_dma_tx_handler(void)
{
    const stm32_dma_t *dma = &stm32_chip.tx;
    uint32_t flags = REG32(dma->flags) & dma->every;
    if ((flags & dma->complete) == 0) { /* a late echo of the one before: this transfer has not ended */
        return;
    }
    REG32(stm32_chip.usart.cr3) = CR3_RECEIVE;
    REG32(dma->control) = dma->setting; /* off: only then may it be set anew */
    REG32(dma->clear) = flags;
    stm32_uart.tx.tail += stm32_uart.tx_busy;
    stm32_uart.tx_busy = 0;
    uart_queued();
    (void)REG32(dma->flags);
}

#else
typedef int uart_without_dma; /* C99 wants something in every file */
#endif
