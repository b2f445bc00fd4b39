/* The PY32F003's vector table: 16 of the core, then those of its reference manual (Interrupts and events, vector table). */
#include "py32f003.h"

#define NONE cortex_m_unexpected

__attribute__((section(".vectors"), used)) static const struct {
    cortex_m_vectors_t core;
    cortex_m_vector_t device[IRQS];
} vectors = {
    .core = CORTEX_M_VECTORS,
    .device =
        {
            [0 ... DMA1_CHANNEL1_IRQ - 1] = NONE,
            [DMA1_CHANNEL1_IRQ] = stm32_dma_rx_handler,
            [DMA1_CHANNEL2_3_IRQ] = stm32_dma_tx_handler,
            [DMA1_CHANNEL2_3_IRQ + 1 ... TIM3_IRQ - 1] = NONE,
            [TIM3_IRQ] = stm32_timer_handler,
            [TIM3_IRQ + 1 ... USART1_IRQ - 1] = NONE,
            [USART1_IRQ] = stm32_usart_handler,
            [USART1_IRQ + 1 ... IRQS - 1] = NONE,
        },
};
