/* cattle: frames → features → model → smoothing → report. */
#include "cattle.h"

#include <string.h>

#include "line_crc.h"

enum { EVENT_WINDOW, EVENT_FAULT, EVENTS };

enum { BLOCK_MS = 3000 };

/* The features are computed at 10 Hz, and decimation is by a whole number. */
typedef char rate_is_a_multiple_of_10_hz[CATTLE_MODEL_RATE_HZ % CATTLE_RATE_HZ == 0 ? 1 : -1];

enum { FAULT_STUCK, FAULT_SATURATED, FAULTS };

static const ROM app_name_t FAULT_NAMES[FAULTS] = {[FAULT_STUCK] = {"stuck"}, [FAULT_SATURATED] = {"saturated"}};

static const ROM app_stream_t STREAMS[] = {
    {.name = {"accel"},
     .unit = {"mg"},
     .rate_hz = CATTLE_MODEL_RATE_HZ,
     .scale_num = 1,
     .scale_den = 1,
     .limit = CATTLE_LIMIT_MG,
     .channels = 3},
};

static const ROM app_field_t WINDOW_FIELDS[] = {
    {{"n"}, APP_U32, offsetof(cattle_window_t, n), 0, NULL},
    {{"t_ms"}, APP_U32, offsetof(cattle_window_t, t_ms), 0, NULL},
    {{"class"}, APP_CLASS, offsetof(cattle_window_t, answer), 0, NULL},
    {{"score"}, APP_U8, offsetof(cattle_window_t, score), 0, NULL},
    {{"fx"}, APP_HEX16, offsetof(cattle_window_t, fx), 0, NULL},
};

static const ROM app_field_t FAULT_FIELDS[] = {
    {{"n"}, APP_U32, offsetof(cattle_fault_t, n), 0, NULL},
    {{"t_ms"}, APP_U32, offsetof(cattle_fault_t, t_ms), 0, NULL},
    {{"fault"}, APP_NAME, offsetof(cattle_fault_t, fault), FAULTS, FAULT_NAMES},
};

static const ROM app_event_t EVENT_TABLE[EVENTS] = {
    [EVENT_WINDOW] = {{"window"}, 5, WINDOW_FIELDS},
    [EVENT_FAULT] = {{"fault"}, 3, FAULT_FIELDS},
};

static const ROM app_param_t PARAMS[] = {
    {{"unknown"}, offsetof(cattle_t, unknown_below), 0, 255},
};

static void cattle_init(void *state)
{
    cattle_t *self = state;
    memset(self, 0, sizeof *self);
    cattle_features_init(&self->features, CATTLE_MODEL_RATE_HZ);
    self->unknown_below = CATTLE_UNKNOWN_BELOW;
}

/* Adds the newest probabilities to the history and answers the class with the largest mean over it. A decision weighs as
 * much as the context behind it: the first few of a recording know little. */
static void smooth(cattle_t *self, const uint8_t proba[CATTLE_MODEL_CLASSES], cattle_window_t *report)
{
    memcpy(self->history[self->at_history], proba, CATTLE_MODEL_CLASSES);
    self->weight[self->at_history] = self->features.blocks;
    self->at_history = (uint8_t)((self->at_history + 1U) % CATTLE_SMOOTH);
    if (self->n_history < CATTLE_SMOOTH) {
        self->n_history++;
    }
    uint16_t all = 0; /* at most CATTLE_SMOOTH · 10 */
    for (uint8_t i = 0; i < self->n_history; i++) {
        all = (uint16_t)(all + self->weight[i]);
    }
    uint16_t best = 0; /* at most 255 · all */
    uint8_t answer = 0;
    for (uint8_t c = 0; c < CATTLE_MODEL_CLASSES; c++) {
        uint16_t sum = 0;
        for (uint8_t i = 0; i < self->n_history; i++) {
            sum = (uint16_t)(sum + (uint16_t)self->history[i][c] * self->weight[i]);
        }
        if (sum > best) {
            best = sum;
            answer = c;
        }
    }
    report->score = (uint8_t)((best + all / 2U) / all);
    report->answer = report->score < self->unknown_below ? (uint8_t)MODEL_UNKNOWN : answer;
}

static void decide(cattle_t *self, uint32_t t_ms, const app_sink_t *sink)
{
    cattle_window_t report = {.t_ms = t_ms, .n = self->n};
    uint8_t proba[CATTLE_MODEL_CLASSES];
    cattle_features_vector(&self->features, self->vector);
    const ROM model_t *model = APP_MODEL(sink, cattle_model);
    (void)model->classify(model, self->vector, proba);
    report.fx = line_crc_i16(LINE_CRC_START, self->vector, CATTLE_FEATURES);
    smooth(self, proba, &report);
    sink->emit(sink->context, EVENT_WINDOW, &report);
}

/* A sensor that does not measure says nothing about the cow, nor do the blocks before it about what comes after:
 * the context starts anew. */
static void refuse(cattle_t *self, uint32_t t_ms, uint8_t fault, const app_sink_t *sink)
{
    const cattle_fault_t report = {.t_ms = t_ms, .n = self->n, .fault = fault};
    sink->emit(sink->context, EVENT_FAULT, &report);
    cattle_features_init(&self->features, CATTLE_MODEL_RATE_HZ);
    self->n_history = 0;
    self->at_history = 0;
}

static void cattle_push(void *state, uint8_t stream, const int16_t *frames, size_t n, const app_sink_t *sink)
{
    cattle_t *self = state;
    (void)stream;
    for (size_t i = 0; i < n; i++) {
        if (!cattle_features_push(&self->features, &frames[3 * i])) {
            continue;
        }
        self->n++;
        const uint32_t t_ms = self->n * BLOCK_MS; /* wraps after 49 days, as every t_ms */
        if (self->features.saturated) { /* a sensor at its limit is often stuck there: this is the better word */
            refuse(self, t_ms, FAULT_SATURATED, sink);
        } else if (self->features.stuck) {
            refuse(self, t_ms, FAULT_STUCK, sink);
        } else {
            decide(self, t_ms, sink);
        }
    }
}

const ROM app_t cattle_app = {
    .name = {"cattle"},
#ifdef CATTLE_SMALL
    .variant = {"small"},
#else
    .variant = {""},
#endif
    .state_bytes = sizeof(cattle_t),
    .features_offset = offsetof(cattle_t, vector),
    .n_features = CATTLE_FEATURES,
    .n_streams = 1,
    .n_events = EVENTS,
    .n_params = 1,
    .streams = STREAMS,
    .events = EVENT_TABLE,
    .params = PARAMS,
    .model = &cattle_model,
    .init = cattle_init,
    .push = cattle_push,
};
