/* The STM32H743's port: 400 MHz from HSI, and what ../stm32 has to know. Sections are those of RM0433 Rev 8.
 *
 * The UART is USART3 with DMA1's streams 0 and 1, to the Nucleo's probe; time is TIM3's. DMA1 does not reach the DTCM, where
 * data and stack are: its rings are in SRAM1 of domain D2, which the data cache leaves alone. 400 MHz at VOS1 is what
 * every revision of the silicon reaches. A lockup does not reset this chip: the watchdog ends it.
 */
#include "stm32h743.h"

#include "../cortex_m/cortex_m_cache.h"

/* 8.5.5: HSI / DIVM1 · DIVN1 / DIVP1. 8.5.6, with the dividers set below: buses at half the CPU's rate, APB at a quarter, timers
 * at twice APB. */
enum { HSI_HZ = 64000000, DIVM1 = 10, DIVN1 = 125, DIVP1 = 2, APB1_HZ = PORT_CPU_HZ / 4, TIMER_HZ = 2 * APB1_HZ };

typedef char pll_makes_the_rate[HSI_HZ / DIVM1 * DIVN1 / DIVP1 == PORT_CPU_HZ ? 1 : -1];
typedef char baud_rate_is_exact[APB1_HZ % PORT_UART_BAUD == 0 ? 1 : -1];

const stm32_chip_t stm32_chip = {
    .gpio = GPIOA,
    .iwdg = IWDG1,
    .lsi_hz = 32000,
    .timer = TIM3,
    .timer_hz = TIMER_HZ,
    .timer_irq = TIM3_IRQ,
    .unique_id = UID,
    .reset_flags = RCC_RSR,
    .reset_clear = RCC_RSR_RMVF,
    .resets =
        {
            {RCC_RSR_IWDG1RSTF_WWDG1RSTF, PORT_RESET_WATCHDOG},
            {RCC_RSR_SFTRSTF, PORT_RESET_SOFT},
            {RCC_RSR_PORRSTF_BORRSTF, PORT_RESET_POWER},
            {RCC_RSR_PINRSTF, PORT_RESET_PIN},
        },
    .enables =
        {
            {RCC_AHB1ENR, RCC_AHB1ENR_DMA1EN},
            {RCC_AHB2ENR, RCC_AHB2ENR_SRAM1EN},
            {RCC_AHB4ENR, RCC_AHB4ENR_GPIOBEN_GPIODEN},
            {RCC_APB1LENR, RCC_APB1LENR_TIM3EN_USART3EN},
            {DMAMUX1_CCR(0), DMAMUX1_USART3_RX},
            {DMAMUX1_CCR(1), DMAMUX1_USART3_TX},
        },
    .usart = STM32_USART(USART3, USART3_IRQ, APB1_HZ / PORT_UART_BAUD, 7), /* DS12110, tables 10 and 13: AF7 of PD8, PD9 */
    .rx = STM32_DMA_STREAM(DMA1, 0u, DMA1_STREAM0_IRQ, STM32_DMA_STREAM_RX),
    .tx = STM32_DMA_STREAM(DMA1, 1u, DMA1_STREAM1_IRQ, STM32_DMA_STREAM_TX),
};

/* 6.4.1: the supply is told once, before VOS may change; 6.6.2: VOS1 before the clock that needs it, and 4.3.8 the wait
 * states. HSI runs and is the clock after every reset. */
void stm32_start_clocks(void)
{
    cortex_m_uncache(D2_SRAM1, D2_SRAM1_BITS);
    cortex_m_start_caches();
    REG32(PWR_CR3) = (REG32(PWR_CR3) & ~PWR_CR3_BYPASS_LDOEN_SCUEN) | PWR_CR3_LDOEN;
    stm32_wait(PWR_CSR1, PWR_CSR1_ACTVOSRDY, PWR_CSR1_ACTVOSRDY);
    REG32(PWR_D3CR) |= PWR_D3CR_VOS1;
    (void)REG32(PWR_D3CR); /* VOSRDY is that of the new level from the next read on */
    stm32_wait(PWR_D3CR, PWR_D3CR_VOSRDY, PWR_D3CR_VOSRDY);
    REG32(FLASH_ACR) = FLASH_ACR_LATENCY_2 | FLASH_ACR_WRHIGHFREQ_2;
    stm32_wait(FLASH_ACR, FLASH_ACR_LATENCY, FLASH_ACR_LATENCY_2);
    REG32(RCC_D1CFGR) = RCC_D1CFGR_HPRE_2_D1PPRE_2;
    REG32(RCC_D2CFGR) = RCC_D2CFGR_D2PPRE1_2_D2PPRE2_2;
    REG32(RCC_D3CFGR) = RCC_D3CFGR_D3PPRE_2;
    REG32(RCC_PLLCKSELR) = (uint32_t)DIVM1 << RCC_PLLCKSELR_DIVM1_Pos;
    REG32(RCC_PLLCFGR) = RCC_PLLCFGR_PLL1RGE_4_8 | RCC_PLLCFGR_DIVP1EN;
    REG32(RCC_PLL1DIVR) = (DIVN1 - 1u) | (DIVP1 - 1u) << RCC_PLL1DIVR_P1_Pos;
    REG32(RCC_CR) |= RCC_CR_PLL1ON;
    stm32_wait(RCC_CR, RCC_CR_PLL1RDY, RCC_CR_PLL1RDY);
    REG32(RCC_CFGR) |= RCC_CFGR_SW_PLL1;
    stm32_wait(RCC_CFGR, RCC_CFGR_SWS, RCC_CFGR_SWS_PLL1);
}
