/* Asks each sensor for samples, hands them to the app, and tells what fails. */
#include "node_work.h"

#ifdef NODE_SENSORS

#include <string.h>

#include "port.h"

static const ROM char W_fault[] = "fault", W_sensor[] = "sensor", W_stream[] = "stream", W_part[] = "part";
static const ROM char W_state[] = "state", W_up_ms[] = "up_ms";

static bool same_name(const ROM char *a, const ROM char *b)
{
    while (*a != '\0' && *a == *b) {
        a++;
        b++;
    }
    return *a == *b;
}

/* The index of the app's stream with this name and so many channels; or as many as there are streams. */
static uint8_t find_stream(const ROM app_t *app, const ROM char *name, uint8_t channels)
{
    uint8_t i = 0;
    while (i < app->n_streams &&
           !(app->streams[i].channels == channels && same_name(app->streams[i].name.text, name))) {
        i++;
    }
    return i;
}

void node_sensors_init(node_t *self)
{
#define X(name, part, channels)                                                                                        \
    {                                                                                                                  \
        static const ROM char wanted[] = #name;                                                                        \
        const uint8_t stream = find_stream(self->app, wanted, channels);                                               \
        self->sensors.name.stream = stream;                                                                            \
        self->sensors.name.retry_ms = 0;                                                                               \
        source_##part##_init(&self->sensors.name##_part,                                                               \
                             stream < self->app->n_streams ? self->app->streams[stream].rate_hz : 0);                  \
    }
    NODE_SENSORS
#undef X
    self->sensors.fed = false;
    self->sensors.sampled = false;
}

void node_sensors_feed(node_t *self)
{
    if (self->sensors.sampled) {
        self->sensors.sampled = false;
        node_new_recording(self);
    }
    self->sensors.fed = true;
}

/* Whether a sensor is to be asked now. */
static bool is_due(const node_sensor_t *sensor, uint32_t now_ms)
{
    return sensor->retry_ms == 0 || now_ms - sensor->since_ms >= sensor->retry_ms;
}

/* Samples after a failure begin a recording of their own: between them and those before is a gap. */
static void fail(node_t *self, node_sensor_t *sensor, uint32_t now_ms)
{
    sensor->since_ms = now_ms;
    sensor->retry_ms = sensor->retry_ms == 0 ? NODE_SENSORS_RETRY_MS : 2U * sensor->retry_ms;
    if (sensor->retry_ms > NODE_SENSORS_RETRY_MOST_MS) {
        sensor->retry_ms = NODE_SENSORS_RETRY_MOST_MS;
    }
    if (self->sensors.sampled) {
        self->sensors.sampled = false;
        node_new_recording(self);
    }
}

/* A sensor's state has changed. */
static void say_fault(node_t *self, const ROM char *part, source_state_t state)
{
    line_out_begin(&self->out, W_fault);
    line_out_text(&self->out, W_sensor, part);
    line_out_text(&self->out, W_fault, SOURCE_STATE_NAMES[state].text);
    line_out_u32(&self->out, W_up_ms, port_time_ms());
    line_out_end(&self->out);
}

/* What `info` tells of a sensor. */
static void say_sensor(node_t *self, const ROM char *stream, const ROM char *part, uint8_t state)
{
    line_out_begin(&self->out, W_sensor);
    line_out_text(&self->out, W_stream, stream);
    line_out_text(&self->out, W_part, part);
    line_out_text(&self->out, W_state, SOURCE_STATE_NAMES[state].text);
    line_out_end(&self->out);
}

/* What a step brought; whether there is more to do at once. */
static bool take(node_t *self, node_sensor_t *sensor, const ROM char *part, source_state_t state, const int16_t *frames, uint8_t n)
{
    const uint32_t now_ms = port_time_ms();
    if (state == SOURCE_STARTING) {
        return true;
    }
    if (state == SOURCE_GOOD && n == 0) {
        return false;
    }
    if (state != sensor->state) {
        const bool expected = state == SOURCE_GOOD && sensor->state == SOURCE_STARTING;
        sensor->state = (uint8_t)state;
        if (!expected) {
            say_fault(self, part, state);
        }
    }
    if (state != SOURCE_GOOD) {
        fail(self, sensor, now_ms);
        return false;
    }
    sensor->retry_ms = 0;
    self->sensors.sampled = true;
    node_push(self, sensor->stream, frames, n);
    return true;
}

bool node_sensors_step(node_t *self)
{
    bool more = false;
    if (self->sensors.fed) {
        return false;
    }
#define X(name, part, channels)                                                                                        \
    if (is_due(&self->sensors.name, port_time_ms())) {                                                                 \
        static const ROM char part_name[] = #part;                                                                     \
        uint8_t n = 0;                                                                                                 \
        const source_state_t state = self->sensors.name.stream == self->app->n_streams                                 \
                                         ? SOURCE_STREAM                                                               \
                                         : source_##part##_step(&self->sensors.name##_part, port_time_ms(), &n);       \
        more |= take(self, &self->sensors.name, part_name, state, &self->sensors.name##_part.frames[0][0], n);         \
    }
    NODE_SENSORS
#undef X
    return more;
}

void node_sensors_say(node_t *self)
{
#define X(name, part, channels)                                                                                        \
    {                                                                                                                  \
        static const ROM char stream_name[] = #name;                                                                   \
        static const ROM char part_name[] = #part;                                                                     \
        say_sensor(self, stream_name, part_name, self->sensors.name.state);                                            \
    }
    NODE_SENSORS
#undef X
}

#else
typedef int no_sensors; /* C99 wants something in every file */
#endif
