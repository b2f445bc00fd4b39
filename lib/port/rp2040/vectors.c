/* The RP2040's vector table: 16 of the core, then one for each of 26 interrupts (RP2040 Datasheet 2.3.2). */
#include "rp2040.h"

void timer0_handler(void);
void uart0_handler(void);

#define NONE cortex_m_unexpected

__attribute__((section(".vectors"), used)) static const struct {
    cortex_m_vectors_t core;
    cortex_m_vector_t device[32];
} vectors = {
    .core = CORTEX_M_VECTORS,
    .device =
        {
            timer0_handler, /*  0 TIMER_IRQ_0 */
            NONE,           /*  1 TIMER_IRQ_1 */
            NONE,           /*  2 TIMER_IRQ_2 */
            NONE,           /*  3 TIMER_IRQ_3 */
            NONE,           /*  4 PWM_IRQ_WRAP */
            NONE,           /*  5 USBCTRL_IRQ */
            NONE,           /*  6 XIP_IRQ */
            NONE,           /*  7 PIO0_IRQ_0 */
            NONE,           /*  8 PIO0_IRQ_1 */
            NONE,           /*  9 PIO1_IRQ_0 */
            NONE,           /* 10 PIO1_IRQ_1 */
            NONE,           /* 11 DMA_IRQ_0 */
            NONE,           /* 12 DMA_IRQ_1 */
            NONE,           /* 13 IO_IRQ_BANK0 */
            NONE,           /* 14 IO_IRQ_QSPI */
            NONE,           /* 15 SIO_IRQ_PROC0 */
            NONE,           /* 16 SIO_IRQ_PROC1 */
            NONE,           /* 17 CLOCKS_IRQ */
            NONE,           /* 18 SPI0_IRQ */
            NONE,           /* 19 SPI1_IRQ */
            uart0_handler,  /* 20 UART0_IRQ */
            NONE,           /* 21 UART1_IRQ */
            NONE,           /* 22 ADC_IRQ_FIFO */
            NONE,           /* 23 I2C0_IRQ */
            NONE,           /* 24 I2C1_IRQ */
            NONE,           /* 25 RTC_IRQ */
            NONE, NONE, NONE, NONE, NONE, NONE, /* 26 to 31: never asserted, but software can */
        },
};
