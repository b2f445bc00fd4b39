/* The PY32F003's own registers that the port uses, under the names of its reference manual (Puya, PY32F003).
 *
 * Addresses, bits and interrupt numbers were compared with Puya's CMSIS header py32f003x6.h and its SVD file. */
#ifndef PY32F003_H
#define PY32F003_H

#include "../stm32/stm32.h"

/* ARMv6-M ARM (DDI 0419C), B3.3 System timer: 24 bits, counts down, and goes on from SYST_RVR after 0 */
#define SYST_CSR REG32(0xE000E010)
#define SYST_CSR_ENABLE (1u << 0)
#define SYST_CSR_CLKSOURCE (1u << 2) /* the processor's clock */
#define SYST_RVR REG32(0xE000E014)
#define SYST_CVR REG32(0xE000E018)
#define SYST_MAX 0xFFFFFFu

/* Memory and bus architecture: register boundary addresses */
#define TIM3 0x40000400u
#define IWDG 0x40003000u
#define SYSCFG 0x40010000u
#define USART1 0x40013800u
#define DMA 0x40020000u
#define RCC 0x40021000u
#define FLASH 0x40022000u
#define GPIOA 0x50000000u

/* Interrupts and events: vector table */
enum { DMA1_CHANNEL1_IRQ = 9, DMA1_CHANNEL2_3_IRQ = 10, TIM3_IRQ = 16, USART1_IRQ = 27, IRQS = 32 };

/* Embedded flash: access control register; up to 24 MHz takes no wait state */
#define FLASH_ACR (FLASH + 0x00u)
#define FLASH_ACR_LATENCY 1u

/* Embedded flash: factory configuration bytes. A word of HSI trimming for each rate, one for LSI, and the unique identity. */
#define HSI_TRIM_24MHZ REG32(0x1FFF0F10)
#define LSI_TRIM_32768HZ REG32(0x1FFF0FA4)
#define ERASED 0xFFFFFFFFu
#define UID 0x1FFF0E00u /* lot, wafer, coordinates: 16 bytes */

/* Reset and clock control */
#define RCC_CR (RCC + 0x00u)
#define RCC_CR_HSION (1u << 8)
#define RCC_CR_HSIRDY (1u << 10)
#define RCC_CR_HSIDIV (7u << 11)
#define RCC_ICSCR (RCC + 0x04u)
#define RCC_ICSCR_HSI_TRIM 0x1FFFu
#define RCC_ICSCR_HSI_FS (7u << 13)
#define RCC_ICSCR_HSI_FS_24MHZ (4u << 13)
#define RCC_ICSCR_LSI_TRIM_Pos 16u
#define RCC_ICSCR_LSI_TRIM (0x1FFu << RCC_ICSCR_LSI_TRIM_Pos)
#define RCC_CFGR (RCC + 0x08u)
#define RCC_CFGR_SW 7u /* 0: HSISYS */
#define RCC_CFGR_SWS (7u << 3)
#define RCC_CFGR_HPRE (0xFu << 8)
#define RCC_CFGR_PPRE (7u << 12)
#define RCC_IOPENR (RCC + 0x34u)
#define RCC_IOPENR_GPIOAEN (1u << 0)
#define RCC_IOPENR_GPIOBEN (1u << 1)
#define RCC_AHBENR (RCC + 0x38u)
#define RCC_AHBENR_DMAEN (1u << 0)
#define RCC_APBENR1 (RCC + 0x3Cu)
#define RCC_APBENR1_TIM3EN (1u << 1)
#define RCC_APBENR2 (RCC + 0x40u)
#define RCC_APBENR2_SYSCFGEN (1u << 0)
#define RCC_APBENR2_USART1EN (1u << 14)
#define RCC_CSR (RCC + 0x60u)
#define RCC_CSR_LSION (1u << 0)
#define RCC_CSR_RMVF (1u << 23)
#define RCC_CSR_PINRSTF (1u << 26)
#define RCC_CSR_PWRRSTF (1u << 27)
#define RCC_CSR_SFTRSTF (1u << 28)
#define RCC_CSR_IWDGRSTF (1u << 29)
#define RCC_CSR_WWDGRSTF (1u << 30)

/* System configuration: which request each DMA channel serves */
#define SYSCFG_CFGR3 (SYSCFG + 0x1Cu)
#define SYSCFG_CFGR3_DMA1_MAP_USART1_RX (6u << 0)
#define SYSCFG_CFGR3_DMA2_MAP_USART1_TX (5u << 8)

/* USART: the older one, with one data register and no register to clear flags by */
#define USART_SR 0x00u
#define USART_DR 0x04u
#define USART_BRR 0x08u
#define USART_CR1 0x0Cu
#define USART_CR1_UE (1u << 13)
#define USART_CR3 0x14u

#endif
