/* The RP2040's registers that the port uses, under the names of the RP2040 Datasheet (sections noted). */
#ifndef RP2040_H
#define RP2040_H

#include "../cortex_m/cortex_m.h"

/* 2.1.2 Atomic register access: each peripheral is there three times more, to flip, set and clear single bits */
#define SET(address) REG32((address) + 0x2000u)
#define CLEAR(address) REG32((address) + 0x3000u)

/* 2.3.2 Interrupts */
#define TIMER_IRQ_0 0u
#define UART0_IRQ 20u

/* 2.3.1.7 SIO: the GPIO registers of the processors */
#define SIO_GPIO_OUT_SET REG32(0xD0000014)
#define SIO_GPIO_OUT_CLR REG32(0xD0000018)
#define SIO_GPIO_OE_SET REG32(0xD0000024)

/* 2.4.8 M0PLUS: SysTick (ARMv6-M Architecture Reference Manual, DDI 0419, B3.3) */
#define SYST_CSR REG32(0xE000E010)
#define SYST_CSR_ENABLE (1u << 0)
#define SYST_CSR_CLKSOURCE (1u << 2) /* the processor's clock */
#define SYST_RVR REG32(0xE000E014)
#define SYST_CVR REG32(0xE000E018)

/* 2.8.3 Bootrom: where the processor finds itself after a reset; see boot2.S */

/* 2.12.8 VREG_AND_CHIP_RESET */
#define CHIP_RESET REG32(0x40064008)
#define CHIP_RESET_HAD_RUN (1u << 16)
#define CHIP_RESET_HAD_PSM_RESTART (1u << 20)

/* 2.13.5 PSM: power-on state machine */
#define PSM_WDSEL REG32(0x40010008)
#define PSM_WDSEL_ROSC (1u << 0)
#define PSM_WDSEL_XOSC (1u << 1)
#define PSM_WDSEL_ALL 0x0001FFFFu

/* 2.14.3 RESETS */
#define RESETS_RESET 0x4000C000u
#define RESETS_RESET_DONE REG32(0x4000C008)
#define RESETS_IO_BANK0 (1u << 5)
#define RESETS_PADS_BANK0 (1u << 8)
#define RESETS_PLL_SYS (1u << 12)
#define RESETS_PLL_USB (1u << 13)
#define RESETS_TIMER (1u << 21)
#define RESETS_UART0 (1u << 22)

/* 2.15.7 CLOCKS */
#define CLK_REF_CTRL 0x40008030u
#define CLK_REF_CTRL_SRC 0x3u
#define CLK_REF_CTRL_SRC_XOSC 0x2u
#define CLK_REF_DIV REG32(0x40008034)
#define CLK_REF_SELECTED REG32(0x40008038) /* one bit for each source */
#define CLK_SYS_CTRL 0x4000803Cu
#define CLK_SYS_CTRL_SRC 0x1u /* 0 is clk_ref, 1 is AUXSRC, of which 0 is PLL_SYS */
#define CLK_SYS_CTRL_AUXSRC 0xE0u
#define CLK_SYS_DIV REG32(0x40008040)
#define CLK_SYS_SELECTED REG32(0x40008044)
#define CLK_PERI_CTRL REG32(0x40008048)
#define CLK_PERI_CTRL_ENABLE (1u << 11)
#define CLK_PERI_CTRL_AUXSRC_PLL_USB (2u << 5)
#define CLK_DIV_BY_1 0x100u /* 24 bits of integer, 8 of fraction; CLK_REF's has the same one in bits 9:8 */
#define CLK_SYS_RESUS_CTRL REG32(0x40008078)

/* 2.16.7 XOSC */
#define XOSC_CTRL REG32(0x40024000)
#define XOSC_CTRL_ENABLE (0xFABu << 12)
#define XOSC_CTRL_FREQ_RANGE_1_15MHZ 0xAA0u
#define XOSC_STATUS REG32(0x40024004)
#define XOSC_STATUS_STABLE (1u << 31)
#define XOSC_STARTUP REG32(0x4002400C) /* DELAY, in units of 256 periods of the crystal */

/* 2.18.4 PLL: two of them, alike */
#define PLL_SYS_BASE 0x40028000u
#define PLL_USB_BASE 0x4002C000u
#define PLL_CS(pll) REG32((pll) + 0x0u) /* REFDIV in bits 5:0 */
#define PLL_CS_LOCK (1u << 31)
#define PLL_PWR(pll) ((pll) + 0x4u)
#define PLL_PWR_PD (1u << 0)
#define PLL_PWR_POSTDIVPD (1u << 3)
#define PLL_PWR_VCOPD (1u << 5)
#define PLL_FBDIV_INT(pll) REG32((pll) + 0x8u)
#define PLL_PRIM(pll) REG32((pll) + 0xCu) /* POSTDIV1 in bits 18:16, POSTDIV2 in 14:12 */

/* 2.19.6.1 IO_BANK0; the functions are those of 2.19.2 */
#define GPIO_CTRL(pin) REG32(0x40014004u + 8u * (pin))
#define GPIO_FUNCSEL_UART 2u
#define GPIO_FUNCSEL_SIO 5u

/* 2.19.6.3 PADS_BANK0 */
#define PADS_GPIO(pin) REG32(0x4001C004u + 4u * (pin))
#define PADS_SCHMITT (1u << 1)
#define PADS_PUE (1u << 3)
#define PADS_DRIVE_4MA (1u << 4)
#define PADS_IE (1u << 6)

/* 4.2.8 UART, instance 0: an ARM PL011 */
#define UART0_UARTDR REG32(0x40034000)
#define UARTDR_FE (1u << 8)
#define UARTDR_PE (1u << 9)
#define UARTDR_BE (1u << 10)
#define UART0_UARTFR REG32(0x40034018)
#define UARTFR_BUSY (1u << 3)
#define UARTFR_RXFE (1u << 4)
#define UARTFR_TXFF (1u << 5)
#define UART0_UARTIBRD REG32(0x40034024)
#define UART0_UARTFBRD REG32(0x40034028)
#define UART0_UARTLCR_H REG32(0x4003402C)
#define UARTLCR_H_FEN (1u << 4)
#define UARTLCR_H_WLEN_8 (3u << 5)
#define UART0_UARTCR REG32(0x40034030)
#define UARTCR_UARTEN (1u << 0)
#define UARTCR_TXE (1u << 8)
#define UARTCR_RXE (1u << 9)
#define UART0_UARTIFLS REG32(0x40034034)
#define UARTIFLS_TX_1_8 (0u << 0) /* 4 of 32 bytes left */
#define UARTIFLS_RX_1_2 (2u << 3) /* 16 of 32 bytes there */
#define UART0_UARTIMSC 0x40034038u
#define UART0_UARTRIS REG32(0x4003403C)
#define UART0_UARTICR REG32(0x40034044) /* write 1 to clear */
#define UART_INT_RX (1u << 4)
#define UART_INT_TX (1u << 5)
#define UART_INT_RT (1u << 6)
#define UART_INT_OE (1u << 10)

/* 4.6.5 TIMER: 64 bits of microseconds */
#define TIMER_ALARM0 REG32(0x40054010) /* writing it arms it; it fires when the lower half equals it */
#define TIMER_ARMED REG32(0x40054020)  /* write 1 to disarm */
#define TIMER_TIMERAWH REG32(0x40054024)
#define TIMER_TIMERAWL REG32(0x40054028)
#define TIMER_INTR REG32(0x40054034) /* write 1 to clear */
#define TIMER_INTE REG32(0x40054038)
#define TIMER_INT_ALARM0 (1u << 0)

/* 4.7.6 WATCHDOG */
#define WATCHDOG_CTRL 0x40058000u
#define WATCHDOG_CTRL_ENABLE (1u << 30)
#define WATCHDOG_CTRL_TRIGGER (1u << 31)
#define WATCHDOG_LOAD REG32(0x40058004)
#define WATCHDOG_LOAD_MOST 0x00FFFFFFu
#define WATCHDOG_REASON REG32(0x40058008)
#define WATCHDOG_REASON_TIMER (1u << 0)
#define WATCHDOG_REASON_FORCE (1u << 1)
#define WATCHDOG_SCRATCH0 REG32(0x4005800C) /* 0 and 1: what boot2.S leaves there */
#define WATCHDOG_SCRATCH1 REG32(0x40058010)
#define WATCHDOG_SCRATCH3 REG32(0x40058018) /* 4 to 7 belong to the boot ROM (2.8.1.1) */
#define WATCHDOG_TICK REG32(0x4005802C)     /* CYCLES in bits 8:0 */
#define WATCHDOG_TICK_ENABLE (1u << 9)

#endif
