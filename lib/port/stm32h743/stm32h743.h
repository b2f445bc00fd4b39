/* The STM32H743's own registers that the port uses, under the names of RM0433 Rev 8 (sections noted). */
#ifndef STM32H743_H
#define STM32H743_H

#include "../stm32/stm32.h"

/* 2.3.2 Memory map and register boundary addresses */
#define D2_SRAM1 0x30000000u
enum { D2_SRAM1_BITS = 17 };
#define TIM3 0x40000400u
#define USART3 0x40004800u
#define DMA1 0x40020000u
#define DMAMUX1 0x40020800u
#define FLASH 0x52002000u
#define GPIOA 0x58020000u
#define RCC 0x58024400u
#define PWR 0x58024800u
#define IWDG1 0x58004800u

/* 19.1.2 Interrupt vectors */
enum { DMA1_STREAM0_IRQ = 11, DMA1_STREAM1_IRQ = 12, TIM3_IRQ = 29, USART3_IRQ = 39, IRQS = 150 };

/* 4.9.1 FLASH access control register; 4.3.8: up to 210 MHz of the AXI bus at VOS1 needs two wait states */
#define FLASH_ACR (FLASH + 0x00u)
#define FLASH_ACR_LATENCY 0xFu
#define FLASH_ACR_LATENCY_2 2u
#define FLASH_ACR_WRHIGHFREQ_2 (2u << 4)

/* 6.8.2 PWR control status register 1, 6.8.4 control register 3, 6.8.6 D3 domain control register */
#define PWR_CSR1 (PWR + 0x04u)
#define PWR_CSR1_ACTVOSRDY (1u << 13)
#define PWR_CR3 (PWR + 0x0Cu)
#define PWR_CR3_BYPASS_LDOEN_SCUEN 7u
#define PWR_CR3_LDOEN (1u << 1)
#define PWR_D3CR (PWR + 0x18u)
#define PWR_D3CR_VOSRDY (1u << 13)
#define PWR_D3CR_VOS1 (3u << 14)

/* 8.7 RCC registers */
#define RCC_CR (RCC + 0x00u)
#define RCC_CR_PLL1ON (1u << 24)
#define RCC_CR_PLL1RDY (1u << 25)
#define RCC_CFGR (RCC + 0x10u)
#define RCC_CFGR_SW_PLL1 3u
#define RCC_CFGR_SWS (7u << 3)
#define RCC_CFGR_SWS_PLL1 (3u << 3)
#define RCC_D1CFGR (RCC + 0x18u)
#define RCC_D1CFGR_HPRE_2_D1PPRE_2 (8u | 4u << 4)
#define RCC_D2CFGR (RCC + 0x1Cu)
#define RCC_D2CFGR_D2PPRE1_2_D2PPRE2_2 (4u << 4 | 4u << 8)
#define RCC_D3CFGR (RCC + 0x20u)
#define RCC_D3CFGR_D3PPRE_2 (4u << 4)
#define RCC_PLLCKSELR (RCC + 0x28u)
#define RCC_PLLCKSELR_DIVM1_Pos 4u /* PLLSRC = 0: HSI */
#define RCC_PLLCFGR (RCC + 0x2Cu)
#define RCC_PLLCFGR_PLL1RGE_4_8 (2u << 2) /* PLL1VCOSEL = 0: 192 to 836 MHz */
#define RCC_PLLCFGR_DIVP1EN (1u << 16)
#define RCC_PLL1DIVR (RCC + 0x30u)
#define RCC_PLL1DIVR_P1_Pos 9u
#define RCC_RSR (RCC + 0xD0u)
#define RCC_RSR_RMVF (1u << 16)
#define RCC_RSR_PINRSTF (1u << 22)
#define RCC_RSR_PORRSTF_BORRSTF (1u << 23 | 1u << 21)
#define RCC_RSR_SFTRSTF (1u << 24)
#define RCC_RSR_IWDG1RSTF_WWDG1RSTF (1u << 26 | 1u << 28)
#define RCC_AHB1ENR (RCC + 0xD8u)
#define RCC_AHB1ENR_DMA1EN (1u << 0)
#define RCC_AHB2ENR (RCC + 0xDCu)
#define RCC_AHB2ENR_SRAM1EN (1u << 29)
#define RCC_AHB4ENR (RCC + 0xE0u)
#define RCC_AHB4ENR_GPIOBEN_GPIODEN (1u << 1 | 1u << 3)
#define RCC_APB1LENR (RCC + 0xE8u)
#define RCC_APB1LENR_TIM3EN_USART3EN (1u << 1 | 1u << 18)

/* 17.6.1 DMAMUX1 request line multiplexer channel x configuration register; table 121: requests */
#define DMAMUX1_CCR(x) (DMAMUX1 + 4u * (x))
#define DMAMUX1_USART3_RX 45u
#define DMAMUX1_USART3_TX 46u

/* 61.1 Unique device ID register (96 bits) */
#define UID 0x1FF1E800u

#endif
