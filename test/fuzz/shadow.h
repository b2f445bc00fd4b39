/* The shadow: a second node, written from the protocol's text alone, that says what the first must answer. */
#ifndef SHADOW_H
#define SHADOW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "fuzz_app.h"
#include "fuzz_port.h"
#include "models.h"
#include "shadow_words.h"

/* What the lines came to, for the run's summary: a fuzzer that never gets past the CRC tests nothing. */
#define SHADOW_OUTCOMES(X)                                                                                            \
    X(applied) X(repeat) X(gap) X(set) X(reset) X(chip) X(info) X(stats) X(bench) X(empty) X(long) X(garbled) X(verb) \
    X(crc) X(args) X(stream) X(frames) X(range) X(param) X(busy) SHADOW_OF_SLOT(X)
#ifdef NODE_MODEL_SLOT
#define SHADOW_OF_SLOT(X) X(begun) X(part) X(part_again) X(loaded) X(room) X(chunk) X(model)
#else
#define SHADOW_OF_SLOT(X) X(slot)
#endif
#define SHADOW_ENUM(name) SHADOW_##name,
typedef enum { SHADOW_OUTCOMES(SHADOW_ENUM) SHADOW_N } shadow_outcome_t;
extern const char *const SHADOW_NAMES[SHADOW_N];

enum { SHADOW_HEAD = NODE_LINE_BYTES + 8 }; /* bytes of a line that decide all about it */

#ifdef NODE_MODEL_SLOT
/* RAM for loaded models, as the protocol's text has it: one in use, and one that comes in. */
typedef struct {
    uint8_t bytes[NODE_MODEL_SLOT]; /* of the one that comes in */
    uint32_t wanted;                /* how many it will have; 0: there is none */
    uint32_t next;                  /* how many are there */
    uint32_t used;                  /* bytes of the one in use; 0: the app's own */
    const models_t *model;          /* the one in use, where used is not 0 */
} shadow_slot_t;
#endif

typedef struct {
    fuzz_app_t app;
#ifdef NODE_MODEL_SLOT
    shadow_slot_t slot;
#endif
    uint32_t next[FUZZ_STREAMS];
    uint32_t held[FUZZ_STREAMS]; /* feeds applied since the start, at most NODE_WINDOW: what a repeat may repeat */
    bool touched;                /* not as after the start any more */
    uint32_t lines, errors, reports;
    uint32_t spent, last, most; /* cycles */
    bool benching;
    uint32_t bench_n;
    uint64_t bench_total;
    uint8_t head[SHADOW_HEAD];
    size_t bytes; /* of the line so far; only its head is kept */
    char out[FUZZ_OUT_BYTES];
    size_t out_bytes;
    size_t line_at; /* where the current output line starts */
    uint32_t outcomes[SHADOW_N];
    uint32_t stamp; /* fuzz_port.cycles when the app last took over */
    port_reset_t reset_cause;
} shadow_t;

uint16_t shadow_crc(const uint8_t *bytes, size_t n);
void shadow_start(shadow_t *self); /* the app's state and the sequence numbers as after boot */
void shadow_boot(shadow_t *self, port_reset_t cause); /* that, the counters, and the boot lines */
void shadow_take(shadow_t *self, const uint8_t *bytes, size_t n);

/* shadow_load.c: loaded models. */
void shadow_unload(shadow_t *self); /* the app's own model is in use, and none comes in */
void shadow_load(shadow_t *self, const shadow_word_t *words, size_t count);

/* shadow_reply.c: what each answer looks like. */
void shadow_say_facts(shadow_t *self);
void shadow_say_error(shadow_t *self, shadow_outcome_t error);
void shadow_say_want(shadow_t *self, shadow_outcome_t error, uint32_t want);
void shadow_say_gap(shadow_t *self, uint32_t want);
void shadow_say_ack(shadow_t *self, uint32_t stream, uint32_t seq);
void shadow_say_done(shadow_t *self, const char *verb);
void shadow_say_stats(shadow_t *self);
void shadow_say_bench(shadow_t *self);
void shadow_say_report(shadow_t *self, uint8_t event, const void *report);

#endif
