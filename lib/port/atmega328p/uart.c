/* The ATmega328P's USART0 (DS40002061, 20): a ring of received bytes and one of bytes to send, each filled or emptied by
 * an interrupt.
 *
 * 1 Mbaud is exact from 16 MHz (20.3.1, UBRR0 = 0) and gives a byte every 160 cycles. The receiver holds two bytes while
 * a third comes in, and loses it when a fourth begins (20.11.2, DOR0): from the end of a byte, its handler may read it
 * 20.5 bits later, 328 cycles. What can come before that is the sending handler (52 cycles), then Timer1's (146, every 65536),
 * an instruction of the main loop after each, and its own first 22: below 230. The main loop keeps interrupts off for
 * fewer than either. Both handlers here take 112 of each 160 cycles, so that both directions at full rate leave the
 * main loop slow, but nothing is lost: the ring takes in all that the window lets come. They are in assembly for that,
 * as the compiler's would need more than 160. The emulator counts the longest wait (`wait_cycles`).
 */
#include "uart.h"

#include "../port.h"
#include "atmega328p.h"

enum { RX_BYTES = 256, TX_BYTES = 128 }; /* powers of two: indices are bytes that wrap */

typedef char rx_holds_the_window[RX_BYTES >= NODE_WINDOW * NODE_LINE_BYTES ? 1 : -1];

#if PORT_CPU_HZ % (16 * PORT_UART_BAUD) == 0
enum { UBRR = PORT_CPU_HZ / (16 * PORT_UART_BAUD) - 1, SPEED = 0 };
#elif PORT_CPU_HZ % (8 * PORT_UART_BAUD) == 0
enum { UBRR = PORT_CPU_HZ / (8 * PORT_UART_BAUD) - 1, SPEED = BIT(UCSR0A_U2X0) };
#else
#error "PORT_UART_BAUD: an exact divisor of PORT_CPU_HZ / 8"
#endif

/* Values of UCSR0B while nothing is to be sent, and while something is. Written whole, so that handler and main loop
 * need no read-modify-write that the other could come between. */
enum {
    LISTEN = BIT(UCSR0B_RXCIE0) | BIT(UCSR0B_RXEN0) | BIT(UCSR0B_TXEN0),
    SEND = LISTEN | BIT(UCSR0B_UDRIE0)
};

/* Longer than the last two bytes take on the wire at any rate of 9600 baud or more; in loop turns of several cycles. */
enum { PATIENCE = 10000 };

static struct {
    volatile uint8_t rx_head; /* where the next received byte goes; the receiving handler's */
    volatile uint8_t rx_tail; /* where the next one to take is */
    volatile uint8_t rx_full; /* whether the two are equal because all RX_BYTES are taken up */
    volatile uint8_t tx_head; /* where the next byte to send goes */
    volatile uint8_t tx_tail; /* where the next one to send is; the sending handler's */
    volatile uint8_t faults[4]; /* a little-endian number */
    bool sent; /* anything, ever: TXC0 is only then to be waited for */
    volatile uint8_t rx_ring[RX_BYTES];
    volatile uint8_t tx_ring[TX_BYTES];
} uart;

void uart_init(void)
{
    PORTD |= BIT(0); /* the receiver's pull-up, so that an open line is silent (20.2: USART0 takes over PD0 and PD1) */
    UBRR0 = UBRR;
    UCSR0A = SPEED;
    UCSR0C = BIT(UCSR0C_UCSZ01) | BIT(UCSR0C_UCSZ00); /* 20.11.4: 8 bits, no parity, one stop bit */
    UCSR0B = LISTEN;
}

/* -- receiving -------------------------------------------------------------------------------------------------- */

/* 60 cycles with a byte in order, the response's 4 and the vector's jump included. The status is read first: reading
 * UDR0 moves on to the next byte's (20.7.4). A byte without its stop bit is a fault and no byte; one that comes behind
 * a lost one is both; one that finds the ring full is a fault. */
__attribute__((naked, used)) void __vector_usart_rx(void)
{
    __asm__ volatile("push r24\n\t"
                     "in r24, %[sreg]\n\t"
                     "push r24\n\t"
                     "push r25\n\t"
                     "push r30\n\t"
                     "push r31\n\t"
                     "lds r24, %[ucsr0a]\n\t"
                     "lds r25, %[udr0]\n\t"
                     "andi r24, %[errors]\n\t"
                     "brne 3f\n"
                     "1:\tlds r24, %[full]\n\t"
                     "tst r24\n\t"
                     "brne 4f\n\t"
                     "lds r30, %[head]\n\t"
                     "ldi r31, 0\n\t"
                     "subi r30, lo8(-(%[ring]))\n\t"
                     "sbci r31, hi8(-(%[ring]))\n\t"
                     "st Z, r25\n\t"
                     "lds r30, %[head]\n\t"
                     "inc r30\n\t"
                     "sts %[head], r30\n\t"
                     "lds r24, %[tail]\n\t"
                     "cpse r24, r30\n\t"
                     "rjmp 2f\n\t"
                     "ldi r24, 1\n\t"
                     "sts %[full], r24\n"
                     "2:\tpop r31\n\t"
                     "pop r30\n\t"
                     "pop r25\n\t"
                     "pop r24\n\t"
                     "out %[sreg], r24\n\t"
                     "pop r24\n\t"
                     "reti\n"
                     "3:\tldi r30, %[bad]\n\t" /* counted; then on with the byte, unless it is bad itself */
                     "and r30, r24\n\t"
                     "rjmp 5f\n"
                     "4:\tldi r30, 1\n"
                     "5:\tlds r24, %[faults]\n\t"
                     "subi r24, 0xFF\n\t" /* adds one; carry is clear only when it wraps */
                     "sts %[faults], r24\n\t"
                     "brcs 6f\n\t"
                     "lds r24, %[faults] + 1\n\t"
                     "subi r24, 0xFF\n\t"
                     "sts %[faults] + 1, r24\n\t"
                     "brcs 6f\n\t"
                     "lds r24, %[faults] + 2\n\t"
                     "subi r24, 0xFF\n\t"
                     "sts %[faults] + 2, r24\n\t"
                     "brcs 6f\n\t"
                     "lds r24, %[faults] + 3\n\t"
                     "subi r24, 0xFF\n\t"
                     "sts %[faults] + 3, r24\n"
                     "6:\ttst r30\n\t"
                     "breq 1b\n\t"
                     "rjmp 2b"
                     :
                     : [sreg] "I"(IO_SREG), [ucsr0a] "n"(UCSR0A_ADDRESS), [udr0] "n"(UDR0_ADDRESS),
                       [errors] "n"(BIT(UCSR0A_FE0) | BIT(UCSR0A_DOR0) | BIT(UCSR0A_UPE0)),
                       [bad] "n"(BIT(UCSR0A_FE0) | BIT(UCSR0A_UPE0)), [head] "i"(&uart.rx_head),
                       [tail] "i"(&uart.rx_tail), [full] "i"(&uart.rx_full), [ring] "i"(uart.rx_ring),
                       [faults] "i"(uart.faults));
}

/* The flag and the index belong together, so the handler is kept out while both change. */
size_t port_uart_read(uint8_t *to, size_t n)
{
    size_t taken = 0;
    while (taken < n) {
        const uint8_t tail = uart.rx_tail;
        if (tail == uart.rx_head && uart.rx_full == 0) {
            break;
        }
        to[taken++] = uart.rx_ring[tail];
        irq_off();
        uart.rx_tail = (uint8_t)(tail + 1u);
        uart.rx_full = 0;
        irq_on();
    }
    return taken;
}

uint32_t port_uart_faults(void)
{
    uint32_t faults;
    irq_off();
    faults = (uint32_t)uart.faults[3] << 24 | (uint32_t)uart.faults[2] << 16 | (uint32_t)uart.faults[1] << 8 |
             uart.faults[0];
    irq_on();
    return faults;
}

bool uart_has_byte(void) { return uart.rx_head != uart.rx_tail || uart.rx_full != 0; }

/* -- sending ---------------------------------------------------------------------------------------------------- */

/* 52 cycles. TXC0 is cleared before the byte is handed over, so that it tells when the last one has left (20.6.3). */
__attribute__((naked, used)) void __vector_usart_udre(void)
{
    __asm__ volatile("push r24\n\t"
                     "in r24, %[sreg]\n\t"
                     "push r24\n\t"
                     "push r30\n\t"
                     "push r31\n\t"
                     "ldi r24, %[clear]\n\t"
                     "sts %[ucsr0a], r24\n\t"
                     "lds r30, %[tail]\n\t"
                     "ldi r31, 0\n\t"
                     "subi r30, lo8(-(%[ring]))\n\t"
                     "sbci r31, hi8(-(%[ring]))\n\t"
                     "ld r24, Z\n\t"
                     "sts %[udr0], r24\n\t"
                     "lds r30, %[tail]\n\t"
                     "inc r30\n\t"
                     "andi r30, %[mask]\n\t"
                     "sts %[tail], r30\n\t"
                     "lds r24, %[head]\n\t"
                     "cpse r24, r30\n\t"
                     "rjmp 1f\n\t"
                     "ldi r24, %[listen]\n\t"
                     "sts %[ucsr0b], r24\n"
                     "1:\tpop r31\n\t"
                     "pop r30\n\t"
                     "pop r24\n\t"
                     "out %[sreg], r24\n\t"
                     "pop r24\n\t"
                     "reti"
                     :
                     : [sreg] "I"(IO_SREG), [ucsr0a] "n"(UCSR0A_ADDRESS), [ucsr0b] "n"(UCSR0B_ADDRESS),
                       [udr0] "n"(UDR0_ADDRESS), [clear] "n"(SPEED | BIT(UCSR0A_TXC0)), [listen] "n"(LISTEN),
                       [mask] "n"(TX_BYTES - 1), [head] "i"(&uart.tx_head), [tail] "i"(&uart.tx_tail),
                       [ring] "i"(uart.tx_ring));
}

/* One place of the ring stays free, so that equal indices mean empty. */
void port_uart_write(const uint8_t *from, size_t n)
{
    uart.sent = uart.sent || n != 0;
    for (; n != 0; n--) {
        const uint8_t head = uart.tx_head;
        const uint8_t next = (uint8_t)((head + 1u) % TX_BYTES);
        for (;;) {
            irq_off();
            if (next != uart.tx_tail) {
                break;
            }
            idle(); /* at the latest until the next byte has left */
        }
        irq_on();
        uart.tx_ring[head] = *from++;
        uart.tx_head = next;
        UCSR0B = SEND;
    }
}

void port_uart_flush(void)
{
    for (;;) {
        irq_off();
        if (uart.tx_head == uart.tx_tail) {
            break;
        }
        idle();
    }
    irq_on();
    for (uint16_t turns = 0; uart.sent && (UCSR0A & BIT(UCSR0A_TXC0)) == 0 && turns < PATIENCE; turns++) {
    }
}
