/* The nRF52840's vector table: 16 of the core, then one for each peripheral identifier (PS v1.7, 4.2.4). */
#include "nrf52840.h"

void uarte0_handler(void);
void rtc0_handler(void);
void gpiote_handler(void);
void twim0_handler(void);

#define NONE cortex_m_unexpected

__attribute__((section(".vectors"), used)) static const struct {
    cortex_m_vectors_t core;
    cortex_m_vector_t device[48];
} vectors = {
    .core = CORTEX_M_VECTORS,
    .device =
        {
            NONE,           /*  0 POWER_CLOCK */
            NONE,           /*  1 RADIO */
            uarte0_handler, /*  2 UARTE0_UART0 */
            twim0_handler,  /*  3 SPIM0_SPIS0_TWIM0_TWIS0_SPI0_TWI0 */
            NONE,           /*  4 SPIM1_SPIS1_TWIM1_TWIS1_SPI1_TWI1 */
            NONE,           /*  5 NFCT */
            gpiote_handler, /*  6 GPIOTE */
            NONE,           /*  7 SAADC */
            NONE,           /*  8 TIMER0 */
            NONE,           /*  9 TIMER1 */
            NONE,           /* 10 TIMER2 */
            rtc0_handler,   /* 11 RTC0 */
            NONE,           /* 12 TEMP */
            NONE,           /* 13 RNG */
            NONE,           /* 14 ECB */
            NONE,           /* 15 CCM_AAR */
            NONE,           /* 16 WDT */
            NONE,           /* 17 RTC1 */
            NONE,           /* 18 QDEC */
            NONE,           /* 19 COMP_LPCOMP */
            NONE,           /* 20 SWI0_EGU0 */
            NONE,           /* 21 SWI1_EGU1 */
            NONE,           /* 22 SWI2_EGU2 */
            NONE,           /* 23 SWI3_EGU3 */
            NONE,           /* 24 SWI4_EGU4 */
            NONE,           /* 25 SWI5_EGU5 */
            NONE,           /* 26 TIMER3 */
            NONE,           /* 27 TIMER4 */
            NONE,           /* 28 PWM0 */
            NONE,           /* 29 PDM */
            NONE,           /* 30 reserved */
            NONE,           /* 31 reserved */
            NONE,           /* 32 MWU */
            NONE,           /* 33 PWM1 */
            NONE,           /* 34 PWM2 */
            NONE,           /* 35 SPIM2_SPIS2_SPI2 */
            NONE,           /* 36 RTC2 */
            NONE,           /* 37 I2S */
            NONE,           /* 38 FPU */
            NONE,           /* 39 USBD */
            NONE,           /* 40 UARTE1 */
            NONE,           /* 41 QSPI */
            NONE,           /* 42 CRYPTOCELL */
            NONE,           /* 43 reserved */
            NONE,           /* 44 reserved */
            NONE,           /* 45 PWM3 */
            NONE,           /* 46 reserved */
            NONE,           /* 47 SPIM3 */
        },
};
