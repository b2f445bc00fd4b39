/* The PY32F003's port: 24 MHz from HSI, cycles from SysTick, and what ../stm32 has to know.
 *
 * Sections are named as in Puya's reference manual, whose numbers differ between its editions. The peripherals are those of
 * the STM32 family, the USART an older one. USART1 is at PA2 and PA3 with DMA channels 1 and 2; time is TIM3's. All buses run
 * at the CPU's rate. A lockup does not reset this chip: the watchdog ends it.
 */
#include "py32f003.h"

typedef char hsi_makes_the_rate[PORT_CPU_HZ == 24000000 ? 1 : -1];
typedef char baud_rate_is_exact[PORT_CPU_HZ % PORT_UART_BAUD == 0 ? 1 : -1];

const stm32_chip_t stm32_chip = {
    .gpio = GPIOA,
    .iwdg = IWDG,
    .lsi_hz = 32768,
    .lsi_on = {RCC_CSR, RCC_CSR_LSION}, /* Puya's examples do, though their driver says that IWDG forces it on */
    .timer = TIM3,
    .timer_hz = PORT_CPU_HZ,
    .timer_irq = TIM3_IRQ,
    .unique_id = UID + 4u, /* wafer and coordinates; the words before and behind hold for a whole lot */
    .reset_flags = RCC_CSR,
    .reset_clear = RCC_CSR_RMVF,
    .resets =
        {
            {RCC_CSR_IWDGRSTF | RCC_CSR_WWDGRSTF, PORT_RESET_WATCHDOG},
            {RCC_CSR_SFTRSTF, PORT_RESET_SOFT},
            {RCC_CSR_PWRRSTF, PORT_RESET_POWER},
            {RCC_CSR_PINRSTF, PORT_RESET_PIN},
        },
    .enables =
        {
            {RCC_IOPENR, RCC_IOPENR_GPIOAEN | RCC_IOPENR_GPIOBEN},
            {RCC_AHBENR, RCC_AHBENR_DMAEN},
            {RCC_APBENR1, RCC_APBENR1_TIM3EN},
            {RCC_APBENR2, RCC_APBENR2_SYSCFGEN | RCC_APBENR2_USART1EN},
            {SYSCFG_CFGR3, SYSCFG_CFGR3_DMA1_MAP_USART1_RX | SYSCFG_CFGR3_DMA2_MAP_USART1_TX},
        },
    .usart =
        {
            .cr1 = USART1 + USART_CR1,
            .cr3 = USART1 + USART_CR3,
            .brr = USART1 + USART_BRR,
            .status = USART1 + USART_SR,
            .clear = 0,
            .receive = USART1 + USART_DR,
            .transmit = USART1 + USART_DR,
            .enable = USART_CR1_UE,
            .divider = PORT_CPU_HZ / PORT_UART_BAUD,
            .irq = USART1_IRQ,
            .function = 1, /* PY32F003 data sheet, port A alternate functions: AF1 of PA2 and PA3 */
        },
    .rx = STM32_DMA_CHANNEL(DMA, 1, DMA1_CHANNEL1_IRQ, STM32_DMA_CHANNEL_RX),
    .tx = STM32_DMA_CHANNEL(DMA, 2, DMA1_CHANNEL2_3_IRQ, STM32_DMA_CHANNEL_TX),
};

/* HSI is what a reset chooses, at a lower rate. Its trimming differs with the rate, and the factory's word for 24 MHz goes with
 * it: the UART's rate needs it. LSI, which the watchdog counts, has a word as well. Flash needs no wait state up to 24 MHz. */
void stm32_start_clocks(void)
{
    SYST_RVR = SYST_MAX;
    SYST_CVR = 0;
    SYST_CSR = SYST_CSR_CLKSOURCE | SYST_CSR_ENABLE;

    REG32(FLASH_ACR) &= ~FLASH_ACR_LATENCY;
    REG32(RCC_CR) = (REG32(RCC_CR) & ~RCC_CR_HSIDIV) | RCC_CR_HSION;
    stm32_wait(RCC_CR, RCC_CR_HSIRDY, RCC_CR_HSIRDY);
    REG32(RCC_CFGR) &= ~(RCC_CFGR_SW | RCC_CFGR_HPRE | RCC_CFGR_PPRE);
    stm32_wait(RCC_CFGR, RCC_CFGR_SWS, 0);
    uint32_t calibration = REG32(RCC_ICSCR);
    uint32_t factory = HSI_TRIM_24MHZ;
    if (factory != ERASED) {
        calibration = (calibration & ~RCC_ICSCR_HSI_TRIM) | (factory & RCC_ICSCR_HSI_TRIM);
    }
    factory = LSI_TRIM_32768HZ;
    if (factory != ERASED) {
        calibration = (calibration & ~RCC_ICSCR_LSI_TRIM) | (factory << RCC_ICSCR_LSI_TRIM_Pos & RCC_ICSCR_LSI_TRIM);
    }
    REG32(RCC_ICSCR) = (calibration & ~RCC_ICSCR_HSI_FS) | RCC_ICSCR_HSI_FS_24MHZ;
    stm32_wait(RCC_CR, RCC_CR_HSIRDY, RCC_CR_HSIRDY);
}

/* An ARMv6-M core has no cycle counter, so SysTick's 24 bits are put together here: they count cycles, those of sleep too, and
 * what passes between two calls is right up to 2^24 of them, 0.7 s; beyond, multiples of that are not seen. */
uint32_t port_cycles(void)
{
    static uint32_t seen = 0, sum = 0;
    uint32_t now = SYST_MAX - SYST_CVR; /* it counts down */
    sum += (now - seen) & SYST_MAX;
    seen = now;
    return sum;
}
