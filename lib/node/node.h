/* A node: one app behind one serial line. Bytes in, report lines out; see ARCHITECTURE.md for the protocol. */
#ifndef NODE_H
#define NODE_H

#include <stdbool.h>
#include <stdint.h>

#include "app.h"
#include "line_in.h"
#include "line_out.h"
#include "source_feed.h"

/* NODE_MODEL_SLOT: bytes of RAM for loaded models, from `custom_model_slot` of the env; without it there are none. */
#ifdef NODE_MODEL_SLOT
#include "node_slot.h"
#define NODE_MODEL(self) node_slot_model(&(self)->slot, (self)->app->model)
#else
#define NODE_MODEL(self) ((self)->app->model)
#endif

#ifdef NODE_SENSORS
#include "node_sensors.h"
#endif

enum {
    NODE_PROTOCOL = 1,
    NODE_BENCH_MAX = 100, /* decisions that one `bench` may take */
    NODE_BENCH_FRAMES = 1000000 /* frames that it may take for them */
};

/* Counters since boot; they wrap. */
typedef struct {
    uint32_t lines;   /* lines that ended, good or bad */
    uint32_t errors;  /* error lines sent */
    uint32_t reports; /* reports the app made from feeds */
} node_counts_t;

/* Cycles the app took: from the last report up to and with this one, without the time spent in sending it. */
typedef struct {
    uint32_t mark;  /* port_cycles() when the app last took over */
    uint32_t sum;   /* since the last report */
    uint32_t last;  /* for the last report */
    uint32_t max;   /* for any report since boot or reset */
    uint32_t count; /* reports, while benching */
    uint64_t total; /* while benching */
} node_cycles_t;

typedef struct {
    const ROM app_t *app;
    void *state; /* app->state_bytes of it, aligned for anything */
    line_in_t in;
    line_out_t out;
    source_feed_t feed;
#ifdef NODE_MODEL_SLOT
    node_slot_t slot;
#endif
#ifdef NODE_SENSORS
    node_sensors_t sensors;
#endif
    node_counts_t counts;
    node_cycles_t cycles;
    bool touched; /* a feed or a set was applied since the app's state was made */
    bool benching;
    bool restart; /* the answer has been queued: restart once it is out */
    union {
        int16_t frames[NODE_LINE_BYTES / 2];
        char text[NODE_LINE_BYTES];
    } buffer;
} node_t;

/* Makes the node, starts the app's state and sends the boot lines. port_init() has been called. */
void node_init(node_t *self, const ROM app_t *app, void *state);

/* Takes what the UART holds, up to and with one whole line, and at most a line's length of bytes, so that a sender who
 * never ends a line cannot keep the main loop from its other work; then asks the sensors. False when there was nothing to do. */
bool node_step(node_t *self);

#endif
