/* The STM32L476's vector table: 16 of the core, then RM0351's table 57 (13.3). */
#include "stm32l476.h"

STM32_VECTORS(IRQS, DMA1_CHANNEL6_IRQ, DMA1_CHANNEL7_IRQ, TIM3_IRQ, USART2_IRQ);
