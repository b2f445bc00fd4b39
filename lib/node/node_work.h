/* What the files of this room do for each other. */
#ifndef NODE_WORK_H
#define NODE_WORK_H

#include "node.h"

/* Hands whole frames of a stream to the app, and counts its cycles. */
void node_push(node_t *self, uint8_t stream, const int16_t *frames, size_t n);

#ifdef NODE_SENSORS
/* The app's state as at the start of a recording, but for the parameters that somebody set. */
void node_new_recording(node_t *self);
/* Every sensor as after boot, what is known of its faults aside. */
void node_sensors_init(node_t *self);
/* Somebody feeds the streams: no sensor is asked until node_sensors_init(), and what they sampled is forgotten. */
void node_sensors_feed(node_t *self);
/* Asks the sensors that are due; whether there is more to do at once. */
bool node_sensors_step(node_t *self);
/* A line for each sensor. */
void node_sensors_say(node_t *self);
#endif

#endif
