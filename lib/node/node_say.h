/* What a node says: one function for each kind of line. ARCHITECTURE.md has the protocol. */
#ifndef NODE_SAY_H
#define NODE_SAY_H

#include "node.h"
#include "node_error.h"

void node_say_boot(node_t *self);
/* What `info` tells beyond boot's line: streams, classes and parameters, each with its place and their number. */
void node_say_facts(node_t *self);
/* `report` points to the struct of the app's event `event`. */
void node_say_report(node_t *self, uint8_t event, const void *report);
void node_say_stats(node_t *self);
void node_say_bench(node_t *self, const node_cycles_t *cycles);
void node_say_ack(node_t *self, uint8_t stream, uint32_t seq);
void node_say_done(node_t *self, const ROM char *verb);
/* Counts the error as well; `want` is the sequence number expected, NULL where there is none. */
void node_say_error(node_t *self, node_error_t error, const uint32_t *want);

#endif
