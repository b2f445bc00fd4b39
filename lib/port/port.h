/* The contract between the firmware and a chip: the only interface behind which a register is known.
 *
 * One `<chip>/port.c` implements all of it. Nothing here allocates, and nothing but `port_uart_write`,
 * `port_uart_flush` and `port_sleep` waits. Call everything from the main loop; no function is meant for an interrupt handler.
 */
#ifndef PORT_H
#define PORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Why the chip last started, as the hardware tells it; the names are those of boot's `reset` member. */
typedef enum {
    PORT_RESET_POWER,    /* power came on, or browned out where the chip cannot tell */
    PORT_RESET_PIN,      /* the reset pin */
    PORT_RESET_SOFT,     /* port_restart(), or a debugger's request */
    PORT_RESET_WATCHDOG, /* the main loop stopped feeding */
    PORT_RESET_LOCKUP,   /* the CPU faulted within a fault */
    PORT_RESET_WAKE,     /* from a system-off sleep */
    PORT_RESET_CAUSES
} port_reset_t;

enum { PORT_UNIQUE_ID_BYTES = 8 };

/* Clocks, timer, UART, LED (off), watchdog (running, period `PORT_WATCHDOG_MS`). Called once, first. */
void port_init(void);

/* Milliseconds since port_init(), from a timer that runs in sleep. Wraps at 2^32 ms (49.7 days): compare by
 * subtraction. */
uint32_t port_time_ms(void);

/* CPU cycles, wrapping at 2^32. What a chip without a cycle counter answers is said in its port.c; an emulator
 * that knows no cycles counts one instruction as one. */
uint32_t port_cycles(void);

/* Takes up to `n` received bytes, returns how many; 0 when none is waiting. Never waits. */
size_t port_uart_read(uint8_t *to, size_t n);

/* Queues `n` bytes for sending, in order; sleeps while the queue is full, so it returns after at most the time
 * that `n` bytes take on the wire. */
void port_uart_write(const uint8_t *from, size_t n);

/* Waits until every queued byte has left the chip. */
void port_uart_flush(void);

/* Receive faults since port_init(): overrun, framing, parity, break, or a full buffer, each counted once. */
uint32_t port_uart_faults(void);

void port_led(bool on);

port_reset_t port_reset_cause(void);

/* The chip's factory identity; bytes that the chip does not have are 0. */
void port_unique_id(uint8_t id[PORT_UNIQUE_ID_BYTES]);

/* Restarts the watchdog's period. Only a finished step of the main loop calls this. */
void port_watchdog_feed(void);

/* Bytes of the reserved stack, and how many of them were ever written since reset (from painting, so it is a
 * lower bound: an untouched local array leaves no mark). */
size_t port_stack_size(void);
size_t port_stack_seen(void);

/* Sleeps until something may have happened: a received byte, or at the latest half a watchdog period. */
void port_sleep(void);

/* Restarts the chip; boot's `reset` then says `soft`. */
void port_restart(void);

/* The first four bytes of the image's GNU build id, as a big-endian number: what boot's `build` prints. */
uint32_t port_build_id(void);

#endif
