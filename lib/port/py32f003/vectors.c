/* The PY32F003's vector table: 16 of the core, then those of its reference manual (Interrupts and events, vector table). */
#include "py32f003.h"

STM32_VECTORS(IRQS, DMA1_CHANNEL1_IRQ, DMA1_CHANNEL2_3_IRQ, TIM3_IRQ, USART1_IRQ);
