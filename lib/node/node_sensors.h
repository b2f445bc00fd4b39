/* The node's own sensors: they sample the app's streams until somebody feeds one over the serial line.
 *
 * NODE_SENSORS is a list X(STREAM, PART, CHANNELS) for each, from `custom_sensors` of the env: `accel=bma400` becomes
 * X(accel, bma400, SOURCE_BMA400_CHANNELS), the stream `accel` sampled by lib/source/source_bma400.h. Without it there are none. */
#ifndef NODE_SENSORS_H
#define NODE_SENSORS_H

#include <stdbool.h>
#include <stdint.h>

#include "app.h"
#include "source_sensors.h"

enum { NODE_SENSORS_RETRY_MS = 1000, NODE_SENSORS_RETRY_MOST_MS = 64000 }; /* it doubles with each failure in a row */

/* One sensor: how it does, and when it is tried again. */
typedef struct {
    uint32_t since_ms; /* of the last failure */
    uint32_t retry_ms; /* 0 when the last try did not fail */
    uint8_t state;     /* source_state_t: the one last told */
    uint8_t stream;    /* index in the app */
} node_sensor_t;

typedef struct {
#define X(stream, part, channels)                                                                                      \
    source_##part##_t stream##_part;                                                                                   \
    node_sensor_t stream;
    NODE_SENSORS
#undef X
    bool fed;     /* somebody feeds the streams: no sensor is asked until the next reset */
    bool sampled; /* the app's state holds samples of a sensor */
} node_sensors_t;

#endif
