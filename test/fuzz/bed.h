/* The test bed: a node on the fuzzer's port, in memory of exactly its size, so that a sanitizer sees its edges. */
#ifndef BED_H
#define BED_H

#include "node.h"
#include "shadow.h"

typedef struct {
    node_t *node;
    fuzz_app_t *app;
} bed_t;

void bed_make(bed_t *self);
void bed_free(bed_t *self);

/* What to replay, said when a sanitizer or an abort ends the program. */
void bed_watch(uint64_t seed);
void bed_at(const char *what, uint64_t id);

void bed_boot(bed_t *self, port_reset_t cause);
/* The UART holds `bytes`, and the node works until it has taken them; NULL, or how it did not. */
const char *bed_send(bed_t *self, const uint8_t *bytes, size_t n);

#endif
