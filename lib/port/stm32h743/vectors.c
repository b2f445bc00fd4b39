/* The STM32H743's vector table: 16 of the core, then RM0433's table 140 (19.1.2). */
#include "stm32h743.h"

STM32_VECTORS(IRQS, DMA1_STREAM0_IRQ, DMA1_STREAM1_IRQ, TIM3_IRQ, USART3_IRQ);
