/* What a node says: every line that goes out, but for its bytes. */
#include "node_say.h"

#include <string.h>

#include "node_work.h"
#include "port.h"

#define STRING_OF(x) #x
#define STRING(x) STRING_OF(x)

/* Names on the line, kept in ROM. */
#define WORDS(X)                                                                                                      \
    X(boot) X(app) X(board) X(variant) X(build) X(model) X(data) X(reset) X(proto) X(line) X(window) X(stream) X(id)  \
    X(of) X(name) X(rate_hz) X(channels) X(unit) X(num) X(den) X(limit) X(class) X(param) X(min) X(max) X(stats)      \
    X(up_ms) X(lines) X(errors) X(reports) X(uart) X(stack) X(stack_size) X(cycles) X(cycles_max) X(state) X(ack)     \
    X(seq) X(verb) X(error) X(want) X(bench) X(n) X(mean) X(uid) X(unknown) X(cut) X(value)
#define DECLARE_WORD(word) static const ROM char W_##word[] = #word;
WORDS(DECLARE_WORD)

static const ROM char ERROR_NAMES[ERRORS][8] = {
    [ERROR_LONG] = "long",     /* the line was longer than boot's `line` */
    [ERROR_GARBLED] = "garbled", /* a byte of it was not printable ASCII */
    [ERROR_VERB] = "verb",     /* no such command */
    [ERROR_CRC] = "crc",       /* the CRC is wrong, or missing where it is needed */
    [ERROR_ARGS] = "args",     /* the command's arguments are not what it takes */
    [ERROR_STREAM] = "stream", /* the app has no such stream */
    [ERROR_SEQ] = "seq",       /* a feed is out of sequence; `want` is the one expected */
    [ERROR_FRAMES] = "frames", /* not base64, or not whole frames */
    [ERROR_RANGE] = "range",   /* a sample beyond the stream's limit, or a value beyond the parameter's */
    [ERROR_PARAM] = "param",   /* the app has no such parameter */
    [ERROR_BUSY] = "busy",     /* `bench` makes the state anew: only before the first feed or set, or after a reset */
    [ERROR_SLOT] = "slot",     /* this image has no slot for a loaded model */
#ifdef NODE_MODEL_SLOT
    [ERROR_ROOM] = "room",     /* the slot has no room for such a model beside the one in use; `want` is what it has */
    [ERROR_CHUNK] = "chunk",   /* a chunk of a model out of order, not base64, or too long; `want` is where to go on */
    [ERROR_MODEL] = "model",   /* what was loaded is no model, or not one for this app; the old one stays */
#endif
};

static const ROM char BOARD_NAME[] = STRING(BOARD);

static const ROM char RESET_NAMES[PORT_RESET_CAUSES][9] = {
    [PORT_RESET_POWER] = "power",       [PORT_RESET_PIN] = "pin",       [PORT_RESET_SOFT] = "soft",
    [PORT_RESET_WATCHDOG] = "watchdog", [PORT_RESET_LOCKUP] = "lockup", [PORT_RESET_WAKE] = "wake",
};

void node_say_boot(node_t *self)
{
    const ROM app_t *app = self->app;
    const ROM model_t *model = NODE_MODEL(self);
    line_out_t *out = &self->out;
    line_out_begin(out, W_boot);
    line_out_text(out, W_app, app->name.text);
    line_out_text(out, W_board, BOARD_NAME);
    line_out_text(out, W_variant, app->variant.text);
    line_out_hex(out, W_build, port_build_id(), 8, false);
    line_out_hex(out, W_model, model->hash, 8, false);
    line_out_text(out, W_data, model->data.text);
    line_out_text(out, W_reset, RESET_NAMES[port_reset_cause()]);
    line_out_u32(out, W_proto, NODE_PROTOCOL);
    line_out_u32(out, W_line, NODE_LINE_BYTES);
    line_out_u32(out, W_window, NODE_WINDOW);
    line_out_end(out);
}

void node_say_facts(node_t *self)
{
    const ROM app_t *app = self->app;
    line_out_t *out = &self->out;
    for (uint8_t i = 0; i < app->n_streams; i++) {
        const ROM app_stream_t *stream = &app->streams[i];
        line_out_begin(out, W_stream);
        line_out_u32(out, W_id, i);
        line_out_u32(out, W_of, app->n_streams);
        line_out_text(out, W_name, stream->name.text);
        line_out_u32(out, W_rate_hz, stream->rate_hz);
        line_out_u32(out, W_channels, stream->channels);
        line_out_text(out, W_unit, stream->unit.text);
        line_out_i32(out, W_num, stream->scale_num);
        line_out_i32(out, W_den, stream->scale_den);
        line_out_i32(out, W_limit, stream->limit);
        line_out_end(out);
    }
    const ROM model_t *model = NODE_MODEL(self);
    for (uint8_t i = 0; i < model->n_classes; i++) {
        line_out_begin(out, W_class);
        line_out_u32(out, W_id, i);
        line_out_u32(out, W_of, model->n_classes);
        line_out_text(out, W_name, model->classes[i].text);
        line_out_end(out);
    }
    for (uint8_t i = 0; i < app->n_params; i++) {
        const ROM app_param_t *param = &app->params[i];
        int16_t value;
        memcpy(&value, (const uint8_t *)self->state + param->offset, sizeof value);
        line_out_begin(out, W_param);
        line_out_u32(out, W_id, i);
        line_out_u32(out, W_of, app->n_params);
        line_out_text(out, W_name, param->name.text);
        line_out_i32(out, W_value, value);
        line_out_i32(out, W_min, param->min);
        line_out_i32(out, W_max, param->max);
        line_out_end(out);
    }
#ifdef NODE_SENSORS
    node_sensors_say(self);
#endif
}

static void send_member(node_t *self, const ROM app_field_t *field, const uint8_t *at)
{
    line_out_t *out = &self->out;
    const ROM model_t *model = NODE_MODEL(self);
    uint16_t u16;
    int16_t i16;
    uint32_t u32;
    switch ((app_kind_t)field->kind) {
    case APP_U8:
        line_out_u32(out, field->name.text, *at);
        break;
    case APP_U16:
        memcpy(&u16, at, sizeof u16);
        line_out_u32(out, field->name.text, u16);
        break;
    case APP_U32:
        memcpy(&u32, at, sizeof u32);
        line_out_u32(out, field->name.text, u32);
        break;
    case APP_I16:
        memcpy(&i16, at, sizeof i16);
        line_out_i32(out, field->name.text, i16);
        break;
    case APP_HEX16:
        memcpy(&u16, at, sizeof u16);
        line_out_hex(out, field->name.text, u16, 4, true);
        break;
    case APP_CLASS:
        line_out_text(out, field->name.text, *at < model->n_classes ? model->classes[*at].text : W_unknown);
        break;
    case APP_NAME:
        line_out_text(out, field->name.text, *at < field->n_names ? field->names[*at].text : W_unknown);
        break;
    }
}

void node_say_report(node_t *self, uint8_t event, const void *report)
{
    const ROM app_event_t *row = &self->app->events[event];
    line_out_begin(&self->out, row->name.text);
    for (uint8_t i = 0; i < row->n_fields; i++) {
        send_member(self, &row->fields[i], (const uint8_t *)report + row->fields[i].offset);
    }
    line_out_end(&self->out);
}

void node_say_stats(node_t *self)
{
    line_out_t *out = &self->out;
    line_out_begin(out, W_stats);
    line_out_u32(out, W_up_ms, port_time_ms());
    line_out_u32(out, W_lines, self->counts.lines);
    line_out_u32(out, W_errors, self->counts.errors);
    line_out_u32(out, W_reports, self->counts.reports);
    line_out_u32(out, W_uart, port_uart_faults());
    line_out_u32(out, W_cut, out->cut ? 1 : 0);
    line_out_end(out);
    line_out_begin(out, W_stats);
    line_out_u32(out, W_stack, (uint32_t)port_stack_seen());
    line_out_u32(out, W_stack_size, (uint32_t)port_stack_size());
    line_out_u32(out, W_state, self->app->state_bytes);
    line_out_u32(out, W_cycles, self->cycles.last);
    line_out_u32(out, W_cycles_max, self->cycles.max);
    uint8_t id[PORT_UNIQUE_ID_BYTES];
    port_unique_id(id);
    uint32_t low;
    memcpy(&low, id, sizeof low);
    line_out_hex(out, W_uid, low, 8, false);
    line_out_end(out);
}

void node_say_bench(node_t *self, const node_cycles_t *cycles)
{
    line_out_t *out = &self->out;
    line_out_begin(out, W_bench);
    line_out_u32(out, W_n, cycles->count);
    line_out_u32(out, W_mean, cycles->count > 0 ? (uint32_t)(cycles->total / cycles->count) : 0);
    line_out_u32(out, W_max, cycles->max);
    line_out_end(out);
}

void node_say_ack(node_t *self, uint8_t stream, uint32_t seq)
{
    line_out_begin(&self->out, W_ack);
    line_out_u32(&self->out, W_stream, stream);
    line_out_u32(&self->out, W_seq, seq);
    line_out_end(&self->out);
}

void node_say_done(node_t *self, const ROM char *verb)
{
    line_out_begin(&self->out, W_ack);
    line_out_text(&self->out, W_verb, verb);
    line_out_end(&self->out);
}

void node_say_error(node_t *self, node_error_t error, const uint32_t *want)
{
    self->counts.errors++;
    line_out_begin(&self->out, W_error);
    line_out_text(&self->out, W_error, ERROR_NAMES[error]);
    if (want != NULL) {
        line_out_u32(&self->out, W_want, *want);
    }
    line_out_u32(&self->out, W_n, self->counts.errors);
    line_out_end(&self->out);
}
