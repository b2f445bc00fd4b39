/* What the chips of the STM32 family share: their common registers, and `stm32_chip`, in which each tells its own.
 *
 * Names, offsets and bits: RM0351 Rev 9 (STM32L4) and RM0433 Rev 8 (STM32H7), whose sections are noted in this order. A
 * chip's folder defines `stm32_chip` and stm32_start_clocks(), and a vector table that names the four handlers below.
 */
#ifndef STM32_H
#define STM32_H

#include <stdbool.h>
#include <stdint.h>

#include "../cortex_m/cortex_m.h"
#include "../port.h"

/* Longer than any wait here can take, so that a chip whose oscillator or supply is broken still comes up; in loop turns
 * of several cycles each. */
enum { STM32_PATIENCE = 400000 };

#define STM32_FLASH 0x08000000u /* where the image is, on every one of them */

/* Offsets from a peripheral's base, which `stm32_chip` tells. GPIO (8.5, 11.4); a pin is numbered 16 · port + pin, with port A = 0 */
#define GPIO_MODER 0x00u
#define GPIO_MODER_OUTPUT 1u
#define GPIO_MODER_ALTERNATE 2u
#define GPIO_PUPDR 0x0Cu
#define GPIO_PUPDR_UP 1u
#define GPIO_BSRR 0x18u
#define GPIO_AFRL 0x20u /* AFRH follows it */

/* TIMx, general-purpose (31.4, 43.4) */
#define TIM_CR1 0x00u
#define TIM_CR1_CEN (1u << 0)
#define TIM_CR1_URS (1u << 2) /* only an overflow sets UIF, UG does not */
#define TIM_DIER 0x0Cu
#define TIM_DIER_UIE (1u << 0)
#define TIM_DIER_CC1IE (1u << 1)
#define TIM_SR 0x10u /* write 0 to clear, 1 has no effect */
#define TIM_SR_UIF (1u << 0)
#define TIM_SR_CC1IF (1u << 1)
#define TIM_EGR 0x14u
#define TIM_EGR_UG (1u << 0)
#define TIM_CNT 0x24u
#define TIM_PSC 0x28u
#define TIM_ARR 0x2Cu
#define TIM_CCR1 0x34u

/* IWDG (36.4, 46.4) */
#define IWDG_KR 0x00u
#define IWDG_KR_RELOAD 0xAAAAu
#define IWDG_KR_UNLOCK 0x5555u
#define IWDG_KR_START 0xCCCCu
#define IWDG_PR 0x04u /* divides LSI by 4 << PR */
#define IWDG_RLR 0x08u
#define IWDG_RLR_MAX 0xFFFu
#define IWDG_SR 0x0Cu
#define IWDG_SR_PVU_RVU 3u

/* USART (40.8, 48.7). CR1, CR3, status and their bits are those of the older USART too (RM0008, 27.6), but for UE;
 * where the registers lie, `stm32_chip` tells. */
#define USART_CR1_RE (1u << 2)
#define USART_CR1_TE (1u << 3)
#define USART_CR1_IDLEIE (1u << 4)
#define USART_CR1_RXNEIE (1u << 5)
#define USART_CR1_TXEIE (1u << 7)
#define USART_CR3_EIE (1u << 0)
#define USART_CR3_DMAR (1u << 6)
#define USART_CR3_DMAT (1u << 7)
#define USART_ISR_FE (1u << 1) /* a break shows as a framing error */
#define USART_ISR_ERRORS 0xFu /* PE, FE, NE, ORE; the same bits clear them in ICR */
#define USART_ISR_IDLE (1u << 4)
#define USART_ISR_RXNE (1u << 5)
#define USART_ISR_TC (1u << 6)
#define USART_ISR_TXE (1u << 7)

/* The newer USART at `base`, for `stm32_chip_t.usart`. */
#define STM32_USART(base, irq_number, brr_word, af)                                                                    \
    {                                                                                                                  \
        .cr1 = (base) + 0x00u, .cr3 = (base) + 0x08u, .brr = (base) + 0x0Cu, .status = (base) + 0x1Cu,                 \
        .clear = (base) + 0x20u, .receive = (base) + 0x24u, .transmit = (base) + 0x28u, .enable = 1u << 0,             \
        .divider = (brr_word), .irq = (irq_number), .function = (af)                                                   \
    }

/* DMA channels (11.6) */
#define DMA_CCR_EN (1u << 0)
#define DMA_CCR_TCIE (1u << 1)
#define DMA_CCR_HTIE (1u << 2)
#define DMA_CCR_DIR_TO_PERIPHERAL (1u << 4)
#define DMA_CCR_CIRC (1u << 5)
#define DMA_CCR_MINC (1u << 7)
#define DMA_CCR_PL_HIGH (2u << 12)

/* One DMA channel or stream, bytes to or from the UART: its registers and words, whatever kind of engine it is. */
typedef struct {
    uint32_t control;         /* address of CCR, SxCR; bit 0 enables */
    uint32_t count;           /* CNDTR, SxNDTR */
    uint32_t peripheral;      /* CPAR, SxPAR */
    uint32_t memory;          /* CMAR, SxM0AR */
    uint32_t flags, clear;    /* ISR and IFCR of the channel */
    uint32_t complete, every; /* in both: transfer complete, and all flags of the channel */
    uint32_t setting;         /* for `control`, without the enable bit */
    uint8_t irq;
} stm32_dma_t;

/* Channel `n`, from 1, of the DMA at `base` (11.6: ISR, IFCR, then 20 bytes a channel). Its flags are TC, HT and TE. CGIF,
 * which clears all three at once, is left alone: it would clear one that nobody has seen yet, too. */
#define STM32_DMA_CHANNEL(base, n, irq_number, setting_word)                                                           \
    {                                                                                                                  \
        .control = (base) + 0x08u + 20u * ((n)-1u), .count = (base) + 0x0Cu + 20u * ((n)-1u),                          \
        .peripheral = (base) + 0x10u + 20u * ((n)-1u), .memory = (base) + 0x14u + 20u * ((n)-1u), .flags = (base),     \
        .clear = (base) + 0x04u, .complete = 2u << (4u * ((n)-1u)), .every = 0xEu << (4u * ((n)-1u)),                  \
        .setting = (setting_word), .irq = (irq_number)                                                                 \
    }
#define STM32_DMA_CHANNEL_RX (DMA_CCR_TCIE | DMA_CCR_HTIE | DMA_CCR_CIRC | DMA_CCR_MINC | DMA_CCR_PL_HIGH)
#define STM32_DMA_CHANNEL_TX (DMA_CCR_TCIE | DMA_CCR_DIR_TO_PERIPHERAL | DMA_CCR_MINC)

/* DMA streams (RM0433 15.5.5) */
#define DMA_SxCR_HTIE (1u << 3)
#define DMA_SxCR_TCIE (1u << 4)
#define DMA_SxCR_DIR_TO_PERIPHERAL (1u << 6)
#define DMA_SxCR_CIRC (1u << 8)
#define DMA_SxCR_MINC (1u << 10)
#define DMA_SxCR_PL_HIGH (2u << 16)
#define DMA_SxCR_TRBUFF (1u << 20) /* for a UART: without it the stream may lock */

/* Stream `n`, from 0, of the DMA at `base` (15.5: LISR, HISR, LIFCR, HIFCR, then 24 bytes a stream; each of the first four
 * has flags of four streams, from bits 0, 6, 16 and 22 on). */
#define STM32_DMA_STREAM_SHIFT(n) ((n) % 4u * 6u + (n) % 4u / 2u * 4u)
#define STM32_DMA_STREAM(base, n, irq_number, setting_word)                                                            \
    {                                                                                                                  \
        .control = (base) + 0x10u + 0x18u * (n), .count = (base) + 0x14u + 0x18u * (n),                                \
        .peripheral = (base) + 0x18u + 0x18u * (n), .memory = (base) + 0x1Cu + 0x18u * (n),                            \
        .flags = (base) + (n) / 4u * 4u, .clear = (base) + 0x08u + (n) / 4u * 4u,                                      \
        .complete = 0x20u << STM32_DMA_STREAM_SHIFT(n), .every = 0x3Du << STM32_DMA_STREAM_SHIFT(n),                   \
        .setting = (setting_word), .irq = (irq_number)                                                                 \
    }
#define STM32_DMA_STREAM_RX                                                                                            \
    (DMA_SxCR_TCIE | DMA_SxCR_HTIE | DMA_SxCR_CIRC | DMA_SxCR_MINC | DMA_SxCR_PL_HIGH | DMA_SxCR_TRBUFF)
#define STM32_DMA_STREAM_TX (DMA_SxCR_TCIE | DMA_SxCR_DIR_TO_PERIPHERAL | DMA_SxCR_MINC | DMA_SxCR_TRBUFF)

/* A register and bits to set in it, such as a clock to enable. */
typedef struct {
    uint32_t address, bits;
} stm32_set_t;

typedef struct {
    uint32_t flag;
    port_reset_t cause;
} stm32_reset_t;

/* What a chip tells the shared code; tables end with a row of zeros. */
typedef struct {
    uint32_t gpio; /* port A's base; each further port is 0x400 on */
    uint32_t iwdg;
    uint32_t lsi_hz; /* what IWDG counts */
    stm32_set_t lsi_on; /* where starting IWDG is not said to start LSI too; else zeros */
    uint32_t timer; /* a general-purpose timer's base */
    uint32_t timer_hz; /* its kernel clock: at most 655 360 000, and a multiple of STM32_TICK_HZ */
    uint32_t unique_id; /* where its 96 bits are; the first 64 are told */
    uint32_t reset_flags, reset_clear; /* the register that keeps reset flags, and its bit RMVF */
    struct {
        uint32_t cr1, cr3, brr, status;
        uint32_t clear; /* ICR; 0 on the older USART, where reading `status` and then `receive` clears */
        uint32_t receive, transmit; /* RDR, TDR; DR on the older one */
        uint32_t enable; /* UE in CR1 */
        uint32_t divider; /* for BRR: kernel clock / PORT_UART_BAUD, with 16 samples a bit */
        uint8_t irq;
        uint8_t function; /* the pins' alternate function */
    } usart;
    stm32_dma_t rx, tx; /* with PORT_UART_DMA */
    uint8_t timer_irq;
    stm32_reset_t resets[5]; /* the first whose flag is set tells */
    stm32_set_t enables[8]; /* clocks of all that is used, once stm32_start_clocks() has run */
} stm32_chip_t;

extern const stm32_chip_t stm32_chip;

/* The chip's part of port_init(): from its reset clock to PORT_CPU_HZ, with the wait states and supply that this needs,
 * and what else the chip wants before its RAM and DMA are used. Every wait in it is bounded. The watchdog runs. */
void stm32_start_clocks(void);

/* Waits for `bits` of a register to become `value`, but not for ever. */
static inline void stm32_wait(uint32_t address, uint32_t bits, uint32_t value)
{
    for (int turns = 0; (REG32(address) & bits) != value && turns < STM32_PATIENCE; turns++) {
    }
}

/* Handlers for the vector table. */
void stm32_timer_handler(void);
void stm32_usart_handler(void);
void stm32_dma_rx_handler(void);
void stm32_dma_tx_handler(void);

/* A chip's vector table: 16 of the core, then `irqs` of its own, of which four are used. They are in this order, and the two of
 * DMA are neighbours. */
#define STM32_VECTORS(irqs, dma_rx, dma_tx, timer, usart)                                                              \
    __attribute__((section(".vectors"), used)) static const struct {                                                   \
        cortex_m_vectors_t core;                                                                                       \
        cortex_m_vector_t device[irqs];                                                                                \
    } vectors = {                                                                                                      \
        .core = CORTEX_M_VECTORS,                                                                                      \
        .device =                                                                                                      \
            {                                                                                                          \
                [0 ...(dma_rx)-1] = cortex_m_unexpected,                                                               \
                [dma_rx] = stm32_dma_rx_handler,                                                                       \
                [dma_tx] = stm32_dma_tx_handler,                                                                       \
                [(dma_tx) + 1 ...(timer)-1] = cortex_m_unexpected,                                                     \
                [timer] = stm32_timer_handler,                                                                         \
                [(timer) + 1 ...(usart)-1] = cortex_m_unexpected,                                                      \
                [usart] = stm32_usart_handler,                                                                         \
                [(usart) + 1 ...(irqs)-1] = cortex_m_unexpected,                                                       \
            },                                                                                                         \
    };                                                                                                                 \
    typedef char dma_vectors_are_neighbours[(dma_tx) == (dma_rx) + 1 ? 1 : -1]

/* -- between the files of this folder ---------------------------------------------------------------------------- */

enum { STM32_TICK_HZ = 10000 };

/* A pin becomes an output, or the UART's with a pull-up. */
void stm32_pin_output(uint32_t pin);
void stm32_pin_uart(uint32_t pin);

void stm32_time_init(void);
/* With interrupts masked: sleeps until any interrupt, at the latest for `ticks` (1 to 65535). */
void stm32_doze(uint32_t ticks);

void stm32_uart_init(void);
/* Sends whatever is queued. */
void stm32_uart_send(void);
/* With interrupts masked. */
bool stm32_uart_has_byte(void);

#endif
