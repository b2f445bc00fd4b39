/* The STM32L476's port: 80 MHz from HSI16, and what ../stm32 has to know. Sections are those of RM0351 Rev 9.
 *
 * The UART is USART2 with DMA1's channels 6 and 7, to the Nucleo's probe; time is TIM3's. All buses run at the CPU's
 * rate. A lockup does not reset this chip: the watchdog ends it.
 */
#include "stm32l476.h"

/* 6.2.4: 16 MHz · PLLN / (PLLM = 1) / (PLLR = 2). */
enum { HSI16_HZ = 16000000, PLLN = PORT_CPU_HZ / (HSI16_HZ / 2) };

typedef char pll_makes_the_rate[PLLN * (HSI16_HZ / 2) == PORT_CPU_HZ && PLLN >= 8 && PORT_CPU_HZ <= 80000000 ? 1 : -1];
typedef char baud_rate_is_exact[PORT_CPU_HZ % PORT_UART_BAUD == 0 ? 1 : -1];

const stm32_chip_t stm32_chip = {
    .gpio = GPIOA,
    .iwdg = IWDG,
    .lsi_hz = 32000,
    .timer = TIM3,
    .timer_hz = PORT_CPU_HZ,
    .timer_irq = TIM3_IRQ,
    .unique_id = UID,
    .reset_flags = RCC_CSR,
    .reset_clear = RCC_CSR_RMVF,
    .resets =
        {
            {RCC_CSR_IWDGRSTF | RCC_CSR_WWDGRSTF, PORT_RESET_WATCHDOG},
            {RCC_CSR_SFTRSTF, PORT_RESET_SOFT},
            {RCC_CSR_BORRSTF, PORT_RESET_POWER},
            {RCC_CSR_PINRSTF, PORT_RESET_PIN},
        },
    .enables =
        {
            {RCC_AHB1ENR, RCC_AHB1ENR_DMA1EN},
            {RCC_AHB2ENR, RCC_AHB2ENR_GPIOAEN},
            {RCC_APB1ENR1, RCC_APB1ENR1_TIM3EN | RCC_APB1ENR1_USART2EN},
            {DMA1_CSELR, DMA1_CSELR_C6S_C7S_USART2},
        },
    .usart = STM32_USART(USART2, USART2_IRQ, PORT_CPU_HZ / PORT_UART_BAUD, 7), /* DS10198, table 17: AF7 of PA2, PA3 */
    .rx = STM32_DMA_CHANNEL(DMA1, 6, DMA1_CHANNEL6_IRQ, STM32_DMA_CHANNEL_RX),
    .tx = STM32_DMA_CHANNEL(DMA1, 7, DMA1_CHANNEL7_IRQ, STM32_DMA_CHANNEL_TX),
};

/* Range 1 is what a reset leaves (5.1.8), but says so; 3.3.3: wait states before the clock that needs them. */
void stm32_start_clocks(void)
{
    REG32(RCC_APB1ENR1) |= RCC_APB1ENR1_PWREN;
    (void)REG32(RCC_APB1ENR1);
    REG32(PWR_CR1) = (REG32(PWR_CR1) & ~PWR_CR1_VOS) | PWR_CR1_VOS_RANGE_1;
    stm32_wait(PWR_SR2, PWR_SR2_VOSF, 0);
    REG32(FLASH_ACR) = FLASH_ACR_LATENCY_4 | FLASH_ACR_PRFTEN | FLASH_ACR_ICEN | FLASH_ACR_DCEN;
    stm32_wait(FLASH_ACR, FLASH_ACR_LATENCY, FLASH_ACR_LATENCY_4);
    REG32(RCC_CR) |= RCC_CR_HSION;
    stm32_wait(RCC_CR, RCC_CR_HSIRDY, RCC_CR_HSIRDY);
    REG32(RCC_PLLCFGR) = RCC_PLLCFGR_PLLSRC_HSI16 | (uint32_t)PLLN << RCC_PLLCFGR_PLLN_Pos | RCC_PLLCFGR_PLLREN;
    REG32(RCC_CR) |= RCC_CR_PLLON;
    stm32_wait(RCC_CR, RCC_CR_PLLRDY, RCC_CR_PLLRDY);
    REG32(RCC_CFGR) |= RCC_CFGR_SW_PLL;
    stm32_wait(RCC_CFGR, RCC_CFGR_SWS, RCC_CFGR_SWS_PLL);
}
