/* USART0 of the ATmega328P, frame by frame in time. Sections are those of DS40002061. */
#include "usart.h"

#include <simavr/avr_uart.h>
#include <simavr/sim_interrupts.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* 20.11, and the vector numbers of 12.4 */
enum { UCSR0A = 0xC0, UCSR0B = 0xC1, UCSR0C = 0xC2, UBRR0L = 0xC4, UBRR0H = 0xC5, UDR0 = 0xC6 };
enum { RXC0 = 0x80, TXC0 = 0x40, UDRE0 = 0x20, FE0 = 0x10, DOR0 = 0x08, U2X0 = 0x02, MPCM0 = 0x01 };
enum { RXCIE0 = 0x80, UDRIE0 = 0x20, RXEN0 = 0x10, TXEN0 = 0x08, UCSZ02 = 0x04, RXB80 = 0x02 };
enum { USART_RX = 18, USART_UDRE = 19, USART_TX = 20 };
enum { FIFO = 2 };

static uint8_t reg(const usart_t *self, int address) { return self->avr->data[address]; }

/* -- time ------------------------------------------------------------------------------------------------------- */

static uint32_t bit_cycles(const usart_t *self) /* 20.3.1 */
{
    const uint32_t ubrr = (uint32_t)(reg(self, UBRR0H) & 0x0F) << 8 | reg(self, UBRR0L);
    return (ubrr + 1) * (reg(self, UCSR0A) & U2X0 ? 8 : 16);
}

static uint32_t frame_bits(const usart_t *self) /* 20.4, 20.11.4 */
{
    const uint8_t c = reg(self, UCSR0C);
    const uint32_t data = reg(self, UCSR0B) & UCSZ02 ? 9 : 5u + ((c >> 1) & 3u);
    return 1 + data + (c & 0x20 ? 1 : 0) + (c & 0x08 ? 2 : 1);
}

/* -- flags and interrupts ---------------------------------------------------------------------------------------- */

/* 20.7.3, 20.6.3: both interrupts are asked for as long as their flag stands. */
static void level(usart_t *self, avr_int_vector_t *vector, bool asked)
{
    if (asked) {
        (void)avr_raise_interrupt(self->avr, vector);
    } else if (vector->pending) {
        avr_clear_interrupt(self->avr, vector);
    }
}

static void show(usart_t *self)
{
    uint8_t a = reg(self, UCSR0A) & (U2X0 | MPCM0);
    a |= (uint8_t)((self->frames ? RXC0 : 0) | (self->done ? TXC0 : 0) | (self->buffered ? 0 : UDRE0));
    a |= (uint8_t)((self->frames && self->fifo[0].framing ? FE0 : 0) | (self->overrun ? DOR0 : 0));
    self->avr->data[UCSR0A] = a;
    level(self, self->rxc, self->frames && (reg(self, UCSR0B) & RXCIE0));
    level(self, self->udre, !self->buffered && (reg(self, UCSR0B) & UDRIE0));
}

static void handler_ran(struct avr_irq_t *irq, uint32_t running, void *param)
{
    (void)irq;
    if (!running) {
        show(param);
    }
}

/* -- receiving -------------------------------------------------------------------------------------------------- */

/* In turn: a start bit, which loses what still waits in the shift register (20.11.2, DOR0); and, in the middle of its
 * stop bit, the frame's end. */
static avr_cycle_count_t line(avr_t *avr, avr_cycle_count_t when, void *param)
{
    usart_t *self = param;
    const uint32_t bit = bit_cycles(self);
    if (!self->receiving) {
        if (wire_waiting(self->wire) == 0) {
            self->scheduled = false;
            return 0;
        }
        if (self->frames > FIFO) {
            self->frames--;
            self->overrun = true;
            self->overruns++;
            show(self);
        }
        self->coming = wire_take(self->wire);
        self->receiving = true;
        return when + frame_bits(self) * bit - bit / 2;
    }
    self->receiving = false;
    if (!(reg(self, UCSR0B) & RXEN0)) {
        self->lost++;
    } else if (self->coming.lost) {
        self->overruns += self->coming.overrun;
        self->overrun = self->overrun || self->coming.overrun;
        show(self);
    } else {
        self->fifo[self->frames++] = (usart_frame_t){self->coming.byte, self->coming.framing, avr->cycle};
        show(self);
    }
    return when + bit / 2;
}

/* A byte for simavr's own receiver, which takes 11 bits for it. */
static avr_cycle_count_t own_line(avr_t *avr, avr_cycle_count_t when, void *param)
{
    usart_t *self = param;
    (void)avr;
    if (wire_waiting(self->wire) == 0) {
        self->scheduled = false;
        return 0;
    }
    const wire_frame_t frame = wire_take(self->wire);
    if (!frame.lost) {
        avr_raise_irq(self->own + UART_IRQ_INPUT, frame.byte | (frame.framing ? UART_INPUT_FE : 0u));
    }
    return when + 11 * bit_cycles(self);
}

static void start_line(usart_t *self)
{
    self->scheduled = true;
    avr_cycle_timer_register(self->avr, 1, self->own != NULL ? own_line : line, self);
}

void usart_input(usart_t *self)
{
    self->listening = self->listening || (self->own != NULL && (reg(self, UCSR0B) & RXEN0));
    if (!self->scheduled && self->listening && wire_waiting(self->wire) != 0) {
        start_line(self);
    }
}

static uint8_t read_data(avr_t *avr, avr_io_addr_t address, void *param)
{
    usart_t *self = param;
    (void)address;
    if (self->frames == 0) {
        return 0;
    }
    const usart_frame_t frame = self->fifo[0];
    const avr_cycle_count_t waited = avr->cycle - frame.arrived;
    self->longest_wait = waited > self->longest_wait ? waited : self->longest_wait;
    self->frames--;
    memmove(self->fifo, self->fifo + 1, sizeof self->fifo - sizeof self->fifo[0]);
    self->overrun = false;
    show(self);
    return frame.byte;
}

/* -- sending ---------------------------------------------------------------------------------------------------- */

static avr_cycle_count_t sent(avr_t *avr, avr_cycle_count_t when, void *param)
{
    usart_t *self = param;
    (void)avr;
    wire_send(self->wire, self->shift);
    self->shifting = self->buffered;
    if (self->buffered) {
        self->shift = self->buffer;
        self->buffered = false;
    } else {
        self->done = true;
    }
    show(self);
    return self->shifting ? when + frame_bits(self) * bit_cycles(self) : 0;
}

static void write_data(avr_t *avr, avr_io_addr_t address, uint8_t value, void *param)
{
    usart_t *self = param;
    (void)address;
    if (!(reg(self, UCSR0B) & TXEN0) || self->buffered) {
        return; /* 20.11.1: ignored while UDRE0 is clear */
    }
    if (self->shifting) {
        self->buffer = value;
        self->buffered = true;
    } else {
        self->shift = value;
        self->shifting = true;
        avr_cycle_timer_register(avr, frame_bits(self) * bit_cycles(self), sent, self);
    }
    show(self);
}

/* -- registers --------------------------------------------------------------------------------------------------- */

static void write_status(avr_t *avr, avr_io_addr_t address, uint8_t value, void *param)
{
    usart_t *self = param;
    self->done = self->done && !(value & TXC0);
    avr->data[address] = value & (U2X0 | MPCM0);
    show(self);
}

static void write_control(avr_t *avr, avr_io_addr_t address, uint8_t value, void *param)
{
    usart_t *self = param;
    avr->data[address] = (uint8_t)((value & ~RXB80) | (avr->data[address] & RXB80));
    if (!(value & RXEN0)) { /* 20.7.6: the buffer is flushed */
        self->frames = 0;
        self->overrun = false;
    } else {
        self->listening = true;
        usart_input(self);
    }
    show(self);
}

static avr_int_vector_t *vector(avr_t *avr, int number)
{
    for (int i = 0; i < avr->interrupts.vector_count; i++) {
        if (avr->interrupts.vector[i]->vector == number) {
            return avr->interrupts.vector[i];
        }
    }
    fprintf(stderr, "emulator: this simavr has no interrupt vector %d\n", number);
    exit(2);
}

/* Puts ours in the place of simavr's: plain memory where there is nothing to do. */
static void take(usart_t *self, int address, avr_io_read_t read, avr_io_write_t write)
{
    const int io = AVR_DATA_TO_IO(address);
    self->avr->io[io].r.c = read;
    self->avr->io[io].r.param = self;
    self->avr->io[io].w.c = write;
    self->avr->io[io].w.param = self;
}

void usart_init(usart_t *self, avr_t *avr, wire_t *wire)
{
    *self = (usart_t){.avr = avr, .wire = wire};
    self->rxc = vector(avr, USART_RX);
    self->udre = vector(avr, USART_UDRE);
    self->txc = vector(avr, USART_TX);
    avr_irq_register_notify(self->rxc->irq + AVR_INT_IRQ_RUNNING, handler_ran, self);
    avr_irq_register_notify(self->udre->irq + AVR_INT_IRQ_RUNNING, handler_ran, self);
    take(self, UCSR0A, NULL, write_status);
    take(self, UCSR0B, NULL, write_control);
    take(self, UCSR0C, NULL, NULL);
    take(self, UBRR0L, NULL, NULL);
    take(self, UBRR0H, NULL, NULL);
    take(self, UDR0, read_data, write_data);
    usart_reset(self);
}

static void own_sent(struct avr_irq_t *irq, uint32_t byte, void *param)
{
    usart_t *self = param;
    (void)irq;
    wire_send(self->wire, (uint8_t)byte);
}

void usart_init_own(usart_t *self, avr_t *avr, wire_t *wire)
{
    *self = (usart_t){.avr = avr, .wire = wire, .own = avr_io_getirq(avr, AVR_IOCTL_UART_GETIRQ('0'), 0)};
    uint32_t flags = 0; /* it would sleep while polled, and print lines of its own */
    (void)avr_ioctl(avr, AVR_IOCTL_UART_SET_FLAGS('0'), &flags);
    avr_irq_register_notify(self->own + UART_IRQ_OUTPUT, own_sent, self);
}

/* What is on its way in goes on; what is on its way out is cut off. */
void usart_reset(usart_t *self)
{
    if (self->own != NULL) {
        if (self->scheduled) {
            start_line(self);
        }
        return;
    }
    self->frames = 0;
    self->overrun = self->shifting = self->buffered = self->done = false;
    self->avr->data[UCSR0C] = 0x06; /* 20.11.4 */
    if (self->scheduled) {
        self->receiving = false;
        start_line(self);
    }
    show(self);
}

bool usart_busy(const usart_t *self)
{
    return self->scheduled || self->shifting || (self->listening && wire_waiting(self->wire) != 0);
}
