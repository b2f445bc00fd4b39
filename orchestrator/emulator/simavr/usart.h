/* A model of USART0 in place of simavr's own.
 *
 * That of simavr 1.6 counts a parity bit that is not sent (11 bits a byte where there are 10) and holds 64 bytes where the
 * chip holds two and one that is coming in: a driver that is late could not be seen to lose a byte. This one follows
 * DS40002061, 20. As a cross-check simavr's own can be asked for; its line is then paced at the rate it can take.
 */
#ifndef USART_H
#define USART_H

#include <stdbool.h>
#include <stdint.h>

#include <simavr/sim_avr.h>

#include "wire.h"

typedef struct {
    uint8_t byte;
    bool framing;
    avr_cycle_count_t arrived;
} usart_frame_t;

typedef struct {
    avr_t *avr;
    wire_t *wire;
    avr_irq_t *own; /* simavr's own USART0, when that was asked for */
    avr_int_vector_t *rxc, *udre, *txc;
    /* receiver */
    usart_frame_t fifo[3]; /* the third is the shift register's: complete, and waiting for room */
    int frames;
    bool overrun;   /* DOR0 */
    bool receiving; /* a frame is on the line */
    bool scheduled; /* the line has an event coming */
    bool listening; /* RXEN0 was set once since power-on: from then on bytes are sent */
    wire_frame_t coming;
    /* transmitter */
    bool shifting, buffered, done;
    uint8_t shift, buffer;
    /* figures */
    uint64_t overruns, lost;
    avr_cycle_count_t longest_wait; /* of a complete byte for its read */
} usart_t;

/* Takes USART0 of a machine that has been through avr_init(). */
void usart_init(usart_t *self, avr_t *avr, wire_t *wire);
/* Leaves simavr's own in place, and only ties it to the wire. */
void usart_init_own(usart_t *self, avr_t *avr, wire_t *wire);
/* After each reset of the machine. */
void usart_reset(usart_t *self);
/* Bytes have arrived on the wire. */
void usart_input(usart_t *self);
/* Whether anything is on the line, either way. */
bool usart_busy(const usart_t *self);

#endif
