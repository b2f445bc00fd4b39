/* port.h in memory. */
#include "fuzz_port.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

fuzz_port_t fuzz_port;

static void stop(const char *why)
{
    fprintf(stderr, "port: %s\n", why);
    abort();
}

void port_init(void) {}

uint32_t port_time_ms(void) { return fuzz_port.time_ms; }

uint32_t port_cycles(void) { return fuzz_port.cycles; }

size_t port_uart_read(uint8_t *to, size_t n)
{
    const size_t take = n < fuzz_port.in_bytes ? n : fuzz_port.in_bytes;
    memcpy(to, fuzz_port.in, take);
    fuzz_port.in += take;
    fuzz_port.in_bytes -= take;
    return take;
}

void port_uart_write(const uint8_t *from, size_t n)
{
    if (n > FUZZ_OUT_BYTES - fuzz_port.out_bytes) {
        stop("a line caused unbounded output");
    }
    memcpy(fuzz_port.out + fuzz_port.out_bytes, from, n);
    fuzz_port.out_bytes += n;
    fuzz_port.cycles += FUZZ_WRITE_CYCLES;
    fuzz_port.flushed = false;
}

void port_uart_flush(void) { fuzz_port.flushed = true; }

uint32_t port_uart_faults(void) { return FUZZ_UART_FAULTS; }

void port_led(bool on) { (void)on; }

port_reset_t port_reset_cause(void) { return fuzz_port.reset; }

void port_unique_id(uint8_t id[PORT_UNIQUE_ID_BYTES])
{
    for (uint8_t i = 0; i < PORT_UNIQUE_ID_BYTES; i++) {
        id[i] = (uint8_t)(i + 1);
    }
}

void port_watchdog_feed(void) {}

size_t port_stack_size(void) { return FUZZ_STACK_SIZE; }

size_t port_stack_seen(void) { return FUZZ_STACK_SEEN; }

void port_sleep(void) {}

void port_restart(void)
{
    if (!fuzz_port.flushed) {
        stop("restart before the answer has left the chip");
    }
    fuzz_port.restarts++;
}

uint32_t port_build_id(void) { return FUZZ_BUILD_ID; }
