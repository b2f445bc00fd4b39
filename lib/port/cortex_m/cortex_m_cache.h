/* Caches of a Cortex-M7, and the MPU region that keeps what DMA writes out of them.
 *
 * ARMv7-M Architecture Reference Manual (DDI 0403E) B2.2 (cache maintenance), B3.2.8 (CCR), B3.5 (PMSAv7), B4.8.
 */
#ifndef CORTEX_M_CACHE_H
#define CORTEX_M_CACHE_H

#include "cortex_m.h"

#define SCB_CCR REG32(0xE000ED14)
#define SCB_CCR_DC (1u << 16)
#define SCB_CCR_IC (1u << 17)
#define SCB_CCSIDR REG32(0xE000ED80) /* NumSets - 1 from bit 13, Associativity - 1 from bit 3, of what CSSELR selects */
#define SCB_CSSELR REG32(0xE000ED84) /* 0: the data cache */
#define SCB_ICIALLU REG32(0xE000EF50)
#define SCB_DCISW REG32(0xE000EF60)
#define MPU_CTRL REG32(0xE000ED94)
#define MPU_CTRL_ENABLE (1u << 0)
#define MPU_CTRL_PRIVDEFENA (1u << 2)
#define MPU_RNR REG32(0xE000ED98)
#define MPU_RBAR REG32(0xE000ED9C)
#define MPU_RASR REG32(0xE000EDA0)
#define MPU_RASR_ENABLE (1u << 0)
#define MPU_RASR_TEX_1 (1u << 19) /* with C = B = 0: normal memory, not cacheable */
#define MPU_RASR_S (1u << 18)
#define MPU_RASR_AP_FULL (3u << 24)
#define MPU_RASR_XN (1u << 28)

enum { CORTEX_M7_LINE_BITS = 5 };

/* Memory of 2^bits bytes at `base`, a multiple of that, which no cache keeps; the rest stays as the map says (B3.1). */
static inline void cortex_m_uncache(uint32_t base, uint32_t bits)
{
    MPU_RNR = 0;
    MPU_RBAR = base;
    MPU_RASR = MPU_RASR_ENABLE | (bits - 1u) << 1 | MPU_RASR_TEX_1 | MPU_RASR_S | MPU_RASR_AP_FULL | MPU_RASR_XN;
    MPU_CTRL = MPU_CTRL_ENABLE | MPU_CTRL_PRIVDEFENA;
    __asm__ volatile("dsb\n\tisb" ::: "memory");
}

/* Power-on leaves the caches' content unknown: both are made invalid first, the data cache line by line. */
static inline void cortex_m_start_caches(void)
{
    SCB_ICIALLU = 0;
    SCB_CSSELR = 0;
    __asm__ volatile("dsb\n\tisb" ::: "memory");
    uint32_t sets = (SCB_CCSIDR >> 13 & 0x7FFFu) + 1u;
    uint32_t ways = (SCB_CCSIDR >> 3 & 0x3FFu) + 1u;
    for (uint32_t set = 0; set < sets; set++) {
        for (uint32_t way = 0; way < ways; way++) {
            SCB_DCISW = way << 30 | set << CORTEX_M7_LINE_BITS; /* four ways: the number in the top two bits */
        }
    }
    __asm__ volatile("dsb\n\tisb" ::: "memory");
    SCB_CCR |= SCB_CCR_DC | SCB_CCR_IC;
    __asm__ volatile("dsb\n\tisb" ::: "memory");
}

#endif
