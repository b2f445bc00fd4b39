/* The other end of the UART: standard input and output of this process, with the faults that were asked for. */
#ifndef WIRE_H
#define WIRE_H

#include <stdbool.h>
#include <stdint.h>

enum { WIRE_LISTED = 64, WIRE_AHEAD = 4096 }; /* faults of a kind; bytes taken before the chip takes them */

typedef enum { WIRE_DROP, WIRE_FLIP, WIRE_BREAK, WIRE_OVERRUN, WIRE_KINDS } wire_kind_t;

typedef struct {
    uint64_t at[WIRE_LISTED]; /* number of the received byte, the first is 1 */
    uint8_t bit[WIRE_LISTED];
    int n;
} wire_faults_t;

typedef struct {
    wire_faults_t faults[WIRE_KINDS];
    uint8_t in[WIRE_AHEAD], out[WIRE_AHEAD];
    int in_at, in_n, out_n;
    bool ended;  /* standard input is over */
    bool broken; /* nobody reads our standard output any more */
    uint64_t received, sent;
} wire_t;

/* What became of a byte on the line. */
typedef struct {
    uint8_t byte;
    bool lost, framing, overrun;
} wire_frame_t;

/* Adds `N` or `N:BIT`; false when it is neither. */
bool wire_add_fault(wire_t *self, wire_kind_t kind, const char *text);

int wire_waiting(const wire_t *self);
/* Takes in what is there, after waiting for it at most so long; true when bytes came or the input ended. */
bool wire_poll(wire_t *self, int64_t timeout_ns);
/* The next byte, which must be waiting, as the receiver sees it. */
wire_frame_t wire_take(wire_t *self);
void wire_send(wire_t *self, uint8_t byte);
void wire_flush(wire_t *self);

#endif
