/* The fuzzer's port: the serial line is two buffers in memory, everything else is a value that the harness sets. */
#ifndef FUZZ_PORT_H
#define FUZZ_PORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "port.h"

enum {
    FUZZ_OUT_BYTES = 1 << 17, /* more output for one frame than any line may cause ends the run */
    FUZZ_STACK_SIZE = 2048,
    FUZZ_STACK_SEEN = 777,
    FUZZ_UART_FAULTS = 3,
    FUZZ_WRITE_CYCLES = 1000 /* what a write costs, so that its time must not show in an app's */
};

#define FUZZ_BUILD_ID 0x0BADCAFEu
#define FUZZ_UID "04030201" /* bytes 1, 2, 3 … of the identity, the first four as a little-endian number */

typedef struct {
    const uint8_t *in; /* what the UART holds */
    size_t in_bytes;
    char out[FUZZ_OUT_BYTES];
    size_t out_bytes;
    uint32_t time_ms;
    uint32_t cycles;
    port_reset_t reset;
    bool flushed;      /* nothing was written since port_uart_flush */
    uint32_t restarts; /* port_restart was called so often, after a flush */
} fuzz_port_t;

extern fuzz_port_t fuzz_port;

#endif
