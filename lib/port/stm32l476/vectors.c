/* The STM32L476's vector table: 16 of the core, then RM0351's table 57 (13.3). */
#include "stm32l476.h"

#define NONE cortex_m_unexpected

__attribute__((section(".vectors"), used)) static const struct {
    cortex_m_vectors_t core;
    cortex_m_vector_t device[IRQS];
} vectors = {
    .core = CORTEX_M_VECTORS,
    .device =
        {
            [0 ... DMA1_CHANNEL6_IRQ - 1] = NONE,
            [DMA1_CHANNEL6_IRQ] = stm32_dma_rx_handler,
            [DMA1_CHANNEL7_IRQ] = stm32_dma_tx_handler,
            [DMA1_CHANNEL7_IRQ + 1 ... TIM3_IRQ - 1] = NONE,
            [TIM3_IRQ] = stm32_timer_handler,
            [TIM3_IRQ + 1 ... USART2_IRQ - 1] = NONE,
            [USART2_IRQ] = stm32_usart_handler,
            [USART2_IRQ + 1 ... IRQS - 1] = NONE,
        },
};
