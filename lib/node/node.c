/* The serial commands. Each is a row of COMMANDS, each refusal one of node_error.h; node_say.c has the answers. */
#include "node.h"

#include <string.h>

#include "node_error.h"
#include "node_say.h"
#include "node_work.h"
#include "port.h"

static void send(void *context, const uint8_t *bytes, size_t n)
{
    (void)context;
    port_uart_write(bytes, n);
}

/* The sink that the app reports to. Its own time does not count as the app's. */
static void node_emit(void *context, uint8_t event, const void *report)
{
    node_t *self = context;
    node_cycles_t *cycles = &self->cycles;
    cycles->last = cycles->sum + (port_cycles() - cycles->mark);
    cycles->max = cycles->last > cycles->max ? cycles->last : cycles->max;
    if (self->benching) {
        cycles->count++;
        cycles->total += cycles->last;
    } else {
        self->counts.reports++;
        node_say_report(self, event, report);
        port_led((self->counts.reports & 1U) != 0);
    }
    cycles->sum = 0;
    cycles->mark = port_cycles();
}

void node_push(node_t *self, uint8_t stream, const int16_t *frames, size_t n)
{
    const app_sink_t sink = {
        .emit = node_emit,
        .context = self,
#ifdef NODE_MODEL_SLOT
        .model = NODE_MODEL(self),
#endif
    };
    self->cycles.mark = port_cycles();
    self->app->push(self->state, stream, frames, n, &sink);
    self->cycles.sum += port_cycles() - self->cycles.mark;
}

#ifdef NODE_SENSORS
void node_new_recording(node_t *self)
{
    const ROM app_t *app = self->app;
    int16_t kept[APP_PARAMS];
    uint8_t *state = self->state;
    for (uint8_t i = 0; i < app->n_params && i < APP_PARAMS; i++) {
        memcpy(&kept[i], state + app->params[i].offset, sizeof kept[i]);
    }
    app->init(state);
    for (uint8_t i = 0; i < app->n_params && i < APP_PARAMS; i++) {
        memcpy(state + app->params[i].offset, &kept[i], sizeof kept[i]);
    }
}
#endif

static void start_state(node_t *self)
{
    self->app->init(self->state);
#ifdef NODE_SENSORS
    node_sensors_init(self);
#endif
    source_feed_init(&self->feed);
    memset(&self->cycles, 0, sizeof self->cycles);
    self->touched = false;
}

/* A name in ROM, and a word in RAM. */
static bool same_name(const ROM char *name, const char *word)
{
    while (*name != '\0' && *name == *word) {
        name++;
        word++;
    }
    return *name == *word;
}

/* ---- commands: each takes the rest of its line, NULL when there is none ---- */

static node_error_t do_info(node_t *self, char *rest)
{
    if (rest != NULL) {
        return ERROR_ARGS;
    }
    node_say_boot(self);
    node_say_facts(self);
    return DONE;
}

static node_error_t do_stats(node_t *self, char *rest)
{
    if (rest != NULL) {
        return ERROR_ARGS;
    }
    node_say_stats(self);
    return DONE;
}

/* Pseudo-random frames a sixteenth of the stream's limit strong: no real signal, but every path of the arithmetic.
 * The generator is Numerical Recipes' "quick and dirty" one (modulus 2^32, 1664525, 1013904223). */
static node_error_t do_bench(node_t *self, char *rest)
{
    uint32_t wanted;
    char *word = line_in_word(&rest);
    if (word == NULL || rest != NULL || !line_in_u32(word, &wanted) || wanted < 1 || wanted > NODE_BENCH_MAX) {
        return ERROR_ARGS;
    }
    if (self->touched) {
        return ERROR_BUSY;
    }
    const ROM app_stream_t *stream = &self->app->streams[0];
    const uint8_t channels = stream->channels;
    const uint32_t ten_seconds = 10U * stream->rate_hz; /* an app decides within them, or it is not waited for */
    const uint32_t patience = ten_seconds < NODE_BENCH_FRAMES / (wanted + 20U) ? (wanted + 20U) * ten_seconds
                                                                              : NODE_BENCH_FRAMES;
    uint32_t noise = 1;
    self->benching = true;
    for (uint32_t i = 0; i < patience && self->cycles.count < wanted; i++) {
        for (uint8_t c = 0; c < channels; c++) {
            noise = noise * 1664525U + 1013904223U;
            self->buffer.frames[c] = (int16_t)((int32_t)(int16_t)(noise >> 16) % (stream->limit / 16 + 1));
        }
        node_push(self, 0, self->buffer.frames, 1);
        port_watchdog_feed(); /* each frame is a finished step */
    }
    self->benching = false;
    const node_cycles_t cycles = self->cycles;
    start_state(self);
    node_say_bench(self, &cycles);
    return DONE;
}

static node_error_t do_feed(node_t *self, char *rest)
{
    uint32_t stream;
    uint32_t seq;
    char *stream_word = line_in_word(&rest);
    char *seq_word = line_in_word(&rest);
    char *samples = line_in_word(&rest);
    if (samples == NULL || rest != NULL || !line_in_u32(stream_word, &stream) || !line_in_u32(seq_word, &seq)) {
        return ERROR_ARGS;
    }
    if (stream >= self->app->n_streams || stream >= SOURCE_FEED_STREAMS) {
        return ERROR_STREAM;
    }
    const uint8_t at = (uint8_t)stream;
    const source_feed_order_t order = source_feed_order(&self->feed, at, seq, NODE_WINDOW);
    if (order == SOURCE_FEED_GAP) {
        node_say_error(self, ERROR_SEQ, &self->feed.next[at]);
        return DONE;
    }
    if (order == SOURCE_FEED_APPLY) {
        const ROM app_stream_t *row = &self->app->streams[at];
        const int32_t n = source_feed_decode(samples, row->channels, row->limit, self->buffer.frames);
        if (n < 0) {
            return n == -1 ? ERROR_FRAMES : ERROR_RANGE;
        }
        self->touched = true;
#ifdef NODE_SENSORS
        node_sensors_feed(self);
#endif
        source_feed_accept(&self->feed, at);
        node_push(self, at, self->buffer.frames, (size_t)n);
    }
    node_say_ack(self, at, seq);
    return DONE;
}

static const ROM char VERB_SET[] = "set";
static const ROM char VERB_RESET[] = "reset";

static node_error_t do_set(node_t *self, char *rest)
{
    char *name = line_in_word(&rest);
    char *number = line_in_word(&rest);
    int16_t value;
    if (number == NULL || rest != NULL || !line_in_i16(number, &value)) {
        return ERROR_ARGS;
    }
    for (uint8_t i = 0; i < self->app->n_params; i++) {
        const ROM app_param_t *param = &self->app->params[i];
        if (same_name(param->name.text, name)) {
            if (value < param->min || value > param->max) {
                return ERROR_RANGE;
            }
            memcpy((uint8_t *)self->state + param->offset, &value, sizeof value);
            self->touched = true;
            node_say_done(self, VERB_SET);
            return DONE;
        }
    }
    return ERROR_PARAM;
}

/* `reset`: the app's model, state, parameters and sequence numbers as after boot. `reset chip` restarts the chip. */
static node_error_t do_reset(node_t *self, char *rest)
{
    static const ROM char chip[] = "chip";
    if (rest != NULL) {
        char *word = line_in_word(&rest);
        if (word == NULL || rest != NULL || !same_name(chip, word)) {
            return ERROR_ARGS;
        }
        self->restart = true;
    }
#ifdef NODE_MODEL_SLOT
    node_slot_init(&self->slot);
#endif
    start_state(self);
    node_say_done(self, VERB_RESET);
    return DONE;
}

static node_error_t do_load(node_t *self, char *rest)
{
#ifdef NODE_MODEL_SLOT
    static const ROM char verb[] = "load";
    uint32_t want;
    const node_error_t error = node_slot_load(&self->slot, self->app, rest, &want);
    if (error == ERROR_ROOM || error == ERROR_CHUNK) {
        node_say_error(self, error, &want);
        return DONE;
    }
    if (error != DONE) {
        return error;
    }
    if (self->slot.changed) {
        self->slot.changed = false;
        start_state(self);
    }
    node_say_done(self, verb);
    return DONE;
#else
    (void)self;
    (void)rest;
    return ERROR_SLOT;
#endif
}

typedef struct {
    char verb[8];
    uint8_t changes; /* changes state, so it needs a CRC */
    node_error_t (*run)(node_t *self, char *rest);
} command_t;

static const ROM command_t COMMANDS[] = {
    {"feed", 1, do_feed}, {"info", 0, do_info}, {"stats", 0, do_stats}, {"bench", 0, do_bench},
    {"set", 1, do_set},   {"load", 1, do_load}, {"reset", 1, do_reset},
};

static node_error_t run_line(node_t *self, char *text)
{
    const line_crc_status_t crc = line_in_crc(text);
    char *rest = text;
    const char *verb = line_in_word(&rest);
    if (crc == LINE_CRC_BAD) {
        return ERROR_CRC;
    }
    for (uint8_t i = 0; verb != NULL && i < sizeof COMMANDS / sizeof COMMANDS[0]; i++) {
        if (same_name(COMMANDS[i].verb, verb)) {
            return COMMANDS[i].changes != 0 && crc != LINE_CRC_GOOD ? ERROR_CRC : COMMANDS[i].run(self, rest);
        }
    }
    return ERROR_VERB;
}

/* ---- */

void node_init(node_t *self, const ROM app_t *app, void *state)
{
    memset(self, 0, sizeof *self);
    self->app = app;
    self->state = state;
    line_in_init(&self->in, self->buffer.text, NODE_LINE_BYTES);
    line_out_init(&self->out, send, NULL);
    start_state(self);
    node_say_boot(self);
    node_say_facts(self);
}

/* Bytes from the line, up to and with the end of one; whether there were any. */
static bool take_bytes(node_t *self)
{
    uint8_t byte;
    uint16_t taken = 0;
    while (taken < NODE_LINE_BYTES && port_uart_read(&byte, 1) == 1) {
        taken++;
        const line_in_status_t status = line_in_push(&self->in, byte);
        if (status == LINE_MORE) {
            continue;
        }
        self->counts.lines++;
        const node_error_t error = status == LINE_READY  ? run_line(self, self->buffer.text)
                                   : status == LINE_LONG ? ERROR_LONG
                                                         : ERROR_GARBLED;
        if (error != DONE) {
            node_say_error(self, error, NULL);
        }
        if (self->restart) {
            port_uart_flush();
            port_restart();
        }
        return true;
    }
    return taken > 0;
}

bool node_step(node_t *self)
{
    bool worked = take_bytes(self);
#ifdef NODE_SENSORS
    worked |= node_sensors_step(self);
#endif
    return worked;
}
