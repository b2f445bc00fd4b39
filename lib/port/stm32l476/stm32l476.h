/* The STM32L476's own registers that the port uses, under the names of RM0351 Rev 9 (sections noted). */
#ifndef STM32L476_H
#define STM32L476_H

#include "../stm32/stm32.h"

/* 2.2.2 Memory map and register boundary addresses */
#define TIM3 0x40000400u
#define IWDG 0x40003000u
#define USART2 0x40004400u
#define PWR 0x40007000u
#define DMA1 0x40020000u
#define RCC 0x40021000u
#define FLASH 0x40022000u
#define GPIOA 0x48000000u

/* 13.3 Interrupt and exception vectors */
enum { DMA1_CHANNEL6_IRQ = 16, DMA1_CHANNEL7_IRQ = 17, TIM3_IRQ = 29, USART2_IRQ = 38, IRQS = 82 };

/* 3.7.1 Flash access control register; 3.3.3: 80 MHz in Range 1 needs four wait states */
#define FLASH_ACR (FLASH + 0x00u)
#define FLASH_ACR_LATENCY 7u
#define FLASH_ACR_LATENCY_4 4u
#define FLASH_ACR_PRFTEN (1u << 8)
#define FLASH_ACR_ICEN (1u << 9)
#define FLASH_ACR_DCEN (1u << 10)

/* 5.4.1 Power control register 1, 5.4.6 status register 2 */
#define PWR_CR1 (PWR + 0x00u)
#define PWR_CR1_VOS (3u << 9)
#define PWR_CR1_VOS_RANGE_1 (1u << 9)
#define PWR_SR2 (PWR + 0x14u)
#define PWR_SR2_VOSF (1u << 10)

/* 6.4 RCC registers */
#define RCC_CR (RCC + 0x00u)
#define RCC_CR_HSION (1u << 8)
#define RCC_CR_HSIRDY (1u << 10)
#define RCC_CR_PLLON (1u << 24)
#define RCC_CR_PLLRDY (1u << 25)
#define RCC_CFGR (RCC + 0x08u)
#define RCC_CFGR_SW_PLL 3u
#define RCC_CFGR_SWS (3u << 2)
#define RCC_CFGR_SWS_PLL (3u << 2)
#define RCC_PLLCFGR (RCC + 0x0Cu)
#define RCC_PLLCFGR_PLLSRC_HSI16 2u
#define RCC_PLLCFGR_PLLN_Pos 8u
#define RCC_PLLCFGR_PLLREN (1u << 24)
#define RCC_AHB1ENR (RCC + 0x48u)
#define RCC_AHB1ENR_DMA1EN (1u << 0)
#define RCC_AHB2ENR (RCC + 0x4Cu)
#define RCC_AHB2ENR_GPIOAEN (1u << 0)
#define RCC_APB1ENR1 (RCC + 0x58u)
#define RCC_APB1ENR1_TIM3EN (1u << 1)
#define RCC_APB1ENR1_USART2EN (1u << 17)
#define RCC_APB1ENR1_PWREN (1u << 28)
#define RCC_CSR (RCC + 0x94u)
#define RCC_CSR_RMVF (1u << 23)
#define RCC_CSR_PINRSTF (1u << 26)
#define RCC_CSR_BORRSTF (1u << 27)
#define RCC_CSR_SFTRSTF (1u << 28)
#define RCC_CSR_IWDGRSTF (1u << 29)
#define RCC_CSR_WWDGRSTF (1u << 30)

/* 11.6.7 DMA channel selection register: request 2 of channels 6 and 7 is USART2's (11.4.3) */
#define DMA1_CSELR (DMA1 + 0xA8u)
#define DMA1_CSELR_C6S_C7S_USART2 (2u << 20 | 2u << 24)

/* 49.1 Unique device ID register (96 bits) */
#define UID 0x1FFF7590u

#endif
