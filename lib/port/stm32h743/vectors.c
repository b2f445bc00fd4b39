/* The STM32H743's vector table: 16 of the core, then RM0433's table 140 (19.1.2). */
#include "stm32h743.h"

#define NONE cortex_m_unexpected

__attribute__((section(".vectors"), used)) static const struct {
    cortex_m_vectors_t core;
    cortex_m_vector_t device[IRQS];
} vectors = {
    .core = CORTEX_M_VECTORS,
    .device =
        {
            [0 ... DMA1_STREAM0_IRQ - 1] = NONE,
            [DMA1_STREAM0_IRQ] = stm32_dma_rx_handler,
            [DMA1_STREAM1_IRQ] = stm32_dma_tx_handler,
            [DMA1_STREAM1_IRQ + 1 ... TIM3_IRQ - 1] = NONE,
            [TIM3_IRQ] = stm32_timer_handler,
            [TIM3_IRQ + 1 ... USART3_IRQ - 1] = NONE,
            [USART3_IRQ] = stm32_usart_handler,
            [USART3_IRQ + 1 ... IRQS - 1] = NONE,
        },
};
