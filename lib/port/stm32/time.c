/* Time of the STM32-family ports: a general-purpose timer at 10 kHz, which runs in sleep and wakes from it.
 *
 * RM0351 31.3, RM0433 43.3. The counter has 16 bits, its overflows are counted in the handler: one in 6.5 s.
 */
#include "stm32.h"

enum { TIMER_BITS = 16, TICKS_IN_MS = STM32_TICK_HZ / 1000 };

static struct {
    volatile uint32_t overflows;
    uint32_t last_ms;
} time;

void stm32_time_init(void)
{
    uint32_t timer = stm32_chip.timer;
    REG32(timer + TIM_CR1) = TIM_CR1_URS;
    REG32(timer + TIM_PSC) = stm32_chip.timer_hz / STM32_TICK_HZ - 1u;
    REG32(timer + TIM_ARR) = (1u << TIMER_BITS) - 1u;
    REG32(timer + TIM_EGR) = TIM_EGR_UG; /* the prescaler takes its value, the counter starts at 0 */
    REG32(timer + TIM_SR) = 0;
    REG32(timer + TIM_DIER) = TIM_DIER_UIE;
    cortex_m_enable_irq(stm32_chip.timer_irq);
    REG32(timer + TIM_CR1) = TIM_CR1_URS | TIM_CR1_CEN;
}

void stm32_timer_handler(void)
{
    uint32_t timer = stm32_chip.timer;
    uint32_t status = REG32(timer + TIM_SR);
    if (status & TIM_SR_UIF) {
        REG32(timer + TIM_SR) = ~TIM_SR_UIF;
        time.overflows++;
    }
    if (status & TIM_SR_CC1IF) {
        REG32(timer + TIM_SR) = ~TIM_SR_CC1IF;
        REG32(timer + TIM_DIER) = TIM_DIER_UIE;
    }
    (void)REG32(timer + TIM_SR); /* the clearing writes have arrived before the handler returns */
}

uint32_t port_time_ms(void)
{
    uint32_t timer = stm32_chip.timer;
    cortex_m_mask();
    uint32_t high = time.overflows;
    uint32_t low = REG32(timer + TIM_CNT);
    if (REG32(timer + TIM_SR) & TIM_SR_UIF) { /* wrapped, and not counted yet: on which side was `low` read? */
        low = REG32(timer + TIM_CNT);
        high++;
    }
    cortex_m_unmask();
    uint64_t ticks = (uint64_t)high << TIMER_BITS | low;
    uint32_t ms = (uint32_t)(ticks / TICKS_IN_MS);
    if ((int32_t)(ms - time.last_ms) < 0) { /* should the flag be late, time stands still, it never goes back */
        ms = time.last_ms;
    }
    time.last_ms = ms;
    return ms;
}

void stm32_doze(uint32_t ticks)
{
    uint32_t timer = stm32_chip.timer;
    REG32(timer + TIM_CCR1) = (REG32(timer + TIM_CNT) + ticks) & ((1u << TIMER_BITS) - 1u);
    REG32(timer + TIM_SR) = ~TIM_SR_CC1IF;
    REG32(timer + TIM_DIER) = TIM_DIER_UIE | TIM_DIER_CC1IE;
    cortex_m_wait();
}
