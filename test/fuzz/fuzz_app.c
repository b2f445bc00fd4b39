/* The fuzzer's app, as an app of the house is written. */
#include "fuzz_app.h"

#include <string.h>

#include "fuzz_port.h"
#include "line_crc.h"

enum { EVENT_WINDOW, EVENT_FAULT, EVENTS };

static const ROM app_name_t WHY[] = {{"stuck"}, {"saturated"}};

static const ROM model_name_t CLASSES[FUZZ_CLASSES] = {{"lying"}, {"standing"}, {"fifteen_letters"}};

static const ROM model_t MODEL = {.hash = 0x9B04C1D7, .rate_hz = FUZZ_RATE_0_HZ, .n_features = 4,
                                  .n_classes = FUZZ_CLASSES, .data = {"sim"}, .classes = CLASSES};

static const ROM app_stream_t STREAMS[FUZZ_STREAMS] = {
    {.name = {"one"}, .unit = {"mg"}, .rate_hz = FUZZ_RATE_0_HZ, .scale_num = 1, .scale_den = 2,
     .limit = FUZZ_LIMIT_0, .channels = 1},
    {.name = {"fifteen_streams"}, .unit = {"fifteen_metres_"}, .rate_hz = 1000000, .scale_num = -32768,
     .scale_den = 32767, .limit = FUZZ_LIMIT_1, .channels = 3},
};

static const ROM app_field_t WINDOW_FIELDS[] = {
    {{"n"}, APP_U32, offsetof(fuzz_window_t, n), 0, NULL},
    {{"low"}, APP_U16, offsetof(fuzz_window_t, low), 0, NULL},
    {{"byte"}, APP_U8, offsetof(fuzz_window_t, byte), 0, NULL},
    {{"class"}, APP_CLASS, offsetof(fuzz_window_t, answer), 0, NULL},
    {{"fx"}, APP_HEX16, offsetof(fuzz_window_t, fx), 0, NULL},
};

static const ROM app_field_t FAULT_FIELDS[] = {
    {{"x"}, APP_I16, offsetof(fuzz_fault_t, x), 0, NULL},
    {{"why"}, APP_NAME, offsetof(fuzz_fault_t, why), 2, WHY},
    {{"class"}, APP_CLASS, offsetof(fuzz_fault_t, class_beyond), 0, NULL},
};

static const ROM app_event_t EVENT_TABLE[EVENTS] = {
    [EVENT_WINDOW] = {{"window"}, 5, WINDOW_FIELDS},
    [EVENT_FAULT] = {{"fault"}, 3, FAULT_FIELDS},
};

static const ROM app_param_t PARAMS[] = {
    {{"every"}, offsetof(fuzz_app_t, every), 1, FUZZ_EVERY_MAX},
    {{"offset"}, offsetof(fuzz_app_t, offset), INT16_MIN, INT16_MAX},
    {{"fifteen_params_"}, offsetof(fuzz_app_t, below), -5, -1},
};

static void init(void *self)
{
    memset(self, 0, sizeof(fuzz_app_t));
    ((fuzz_app_t *)self)->every = FUZZ_EVERY;
    ((fuzz_app_t *)self)->below = -3;
}

static void take_one(fuzz_app_t *app, int16_t sample, const app_sink_t *sink)
{
    app->vector[app->frames[0] & 3U] = sample;
    app->sum = app->sum * 31U + (uint16_t)(sample + app->offset);
    const uint32_t every = (uint32_t)app->every;
    if (++app->frames[0] % every == 0) {
        const uint8_t answer = (uint8_t)(app->sum >> 8 & 3U);
        const fuzz_window_t report = {.n = ++app->reports * 0x01000193U,
                                      .low = (uint16_t)app->sum,
                                      .fx = line_crc_i16(LINE_CRC_START, app->vector, 4),
                                      .byte = (uint8_t)(app->sum >> 16),
                                      .answer = answer < FUZZ_CLASSES ? answer : MODEL_UNKNOWN};
        sink->emit(sink->context, EVENT_WINDOW, &report);
    }
}

static void take_three(fuzz_app_t *app, const int16_t *xyz, const app_sink_t *sink)
{
    for (uint8_t i = 0; i < 3; i++) {
        app->sum = app->sum * 31U + (uint16_t)(xyz[i] + app->below);
    }
    if (++app->frames[1] % FUZZ_FAULT_FRAMES == 0) {
        app->reports++;
        const fuzz_fault_t report = {.x = xyz[0], .why = (uint8_t)(app->sum % 3U), .class_beyond = FUZZ_CLASSES};
        sink->emit(sink->context, EVENT_FAULT, &report);
    }
}

static void push(void *self, uint8_t stream, const int16_t *frames, size_t n, const app_sink_t *sink)
{
    for (size_t i = 0; i < n; i++) {
        fuzz_port.cycles += FUZZ_FRAME_CYCLES;
        if (stream == 0) {
            take_one(self, frames[i], sink);
        } else {
            take_three(self, frames + 3 * i, sink);
        }
    }
}

const ROM app_t fuzz_app = {
    .name = {"fuzz"},
    .variant = {"odd"},
    .state_bytes = sizeof(fuzz_app_t),
    .features_offset = offsetof(fuzz_app_t, vector),
    .n_features = 4,
    .n_streams = FUZZ_STREAMS,
    .n_events = EVENTS,
    .n_params = sizeof PARAMS / sizeof PARAMS[0],
    .streams = STREAMS,
    .events = EVENT_TABLE,
    .params = PARAMS,
    .model = &MODEL,
    .init = init,
    .push = push,
};
