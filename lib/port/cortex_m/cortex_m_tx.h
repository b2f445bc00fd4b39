/* The ring between port_uart_write() and what sends its bytes: the part of it that is alike in every Cortex-M port. */
#ifndef CORTEX_M_TX_H
#define CORTEX_M_TX_H

#include <stddef.h>

#include "cortex_m.h"

/* Positions count bytes since port_init() and wrap at 2^32; a ring's size is a power of two, which divides that. */
typedef struct {
    volatile uint32_t head; /* end of what was queued; the main loop's */
    volatile uint32_t tail; /* end of what was handed over; the interrupt handler's */
} cortex_m_tx_t;

/* Queues as much of `n` bytes as there is room for, and returns how many; sleeps while there is none, for the handler
 * that makes some. The caller has seen to it that a full ring is being sent. */
static inline size_t cortex_m_tx_put(cortex_m_tx_t *self, volatile uint8_t *ring, uint32_t bytes, const uint8_t *from,
                                     size_t n)
{
    while (self->head - self->tail == bytes) {
        cortex_m_mask();
        if (self->head - self->tail == bytes) {
            cortex_m_wait();
        }
        cortex_m_unmask();
    }
    uint32_t head = self->head;
    size_t space = bytes - (head - self->tail);
    size_t part = n < space ? n : space;
    for (size_t i = 0; i < part; i++) {
        ring[head++ % bytes] = from[i];
    }
    self->head = head;
    return part;
}

/* Sleeps until all of it was handed over. */
static inline void cortex_m_tx_wait(const cortex_m_tx_t *self)
{
    while (self->head != self->tail) {
        cortex_m_mask();
        if (self->head != self->tail) {
            cortex_m_wait();
        }
        cortex_m_unmask();
    }
}

#endif
