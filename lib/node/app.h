/* What an app is to the rest of the house: one constant `app_t`.
 *
 * The tables below are the only description of an app's streams, events and parameters. The node prints JSON from
 * them, and Python reads them from the compiled library, so that neither knows an app.
 */
#ifndef APP_H
#define APP_H

#include <stddef.h>
#include <stdint.h>

#include "model.h"
#include "rom.h"

enum { APP_NAME_BYTES = 16, APP_PARAMS = 8 }; /* the most parameters that an app may have */

typedef struct {
    char text[APP_NAME_BYTES]; /* ASCII, ends with NUL */
} app_name_t;

/* A stream of samples: int16, `channels` to a frame; physical value = sample · scale_num / scale_den, in `unit`. */
typedef struct {
    app_name_t name;
    app_name_t unit;
    uint32_t rate_hz;
    int16_t scale_num;
    int16_t scale_den;
    int16_t limit; /* |sample| above it is out of range: the feed that carries it is refused whole */
    uint8_t channels;
} app_stream_t;

/* How a member of a report stands in memory, and how it is printed. */
typedef enum {
    APP_U8,
    APP_U16,
    APP_U32,
    APP_I16,
    APP_HEX16, /* uint16, as a string of four upper-case hex digits */
    APP_CLASS, /* uint8, as the name of a class of the app's model, `unknown` for MODEL_UNKNOWN */
    APP_NAME   /* uint8, as a name of the field's own list */
} app_kind_t;

typedef struct {
    app_name_t name;
    uint8_t kind;   /* app_kind_t */
    uint8_t offset; /* of the member within the report's struct */
    uint8_t n_names;
    const ROM app_name_t *names; /* for APP_NAME */
} app_field_t;

typedef struct {
    app_name_t name; /* the line's `ev` */
    uint8_t n_fields;
    const ROM app_field_t *fields;
} app_event_t;

/* A number that `set NAME VALUE` changes until the next reset: an int16 at `offset` within the app's state. */
typedef struct {
    app_name_t name;
    uint16_t offset;
    int16_t min;
    int16_t max;
} app_param_t;

/* Where reports go: `event` is an index into the app's events, `report` points to that event's struct and is only
 * valid during the call. */
typedef struct {
    void (*emit)(void *context, uint8_t event, const void *report);
    void *context;
#ifdef NODE_MODEL_SLOT
    const model_t *model; /* the one to ask: the app's own, or the one that was loaded in its place */
#endif
} app_sink_t;

/* The model that a push asks, `own` being the app's; an image without a slot for loaded models has no other. */
#ifdef NODE_MODEL_SLOT
#define APP_MODEL(sink, own) ((sink)->model)
#else
#define APP_MODEL(sink, own) ((void)(sink), &(own))
#endif

typedef struct {
    app_name_t name;
    app_name_t variant; /* empty for the default one */
    uint16_t state_bytes;
    uint16_t features_offset; /* within the state: the int16 feature vector behind the last report */
    uint8_t n_features;
    uint8_t n_streams;
    uint8_t n_events;
    uint8_t n_params;
    const ROM app_stream_t *streams;
    const ROM app_event_t *events;
    const ROM app_param_t *params;
    const ROM model_t *model;
    /* Makes `self` as it is at the start of a recording, with every parameter at its default. */
    void (*init)(void *self);
    /* Takes `n` whole frames of `stream`, oldest first; emits any number of reports. `stream` is below n_streams
     * and every sample within the stream's limit: the caller has checked. */
    void (*push)(void *self, uint8_t stream, const int16_t *frames, size_t n, const app_sink_t *sink);
} app_t;

#endif
