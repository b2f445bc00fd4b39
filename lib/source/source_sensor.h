/* What a sensor's driver tells: it samples a stream of the app as long as nobody feeds that over the serial line.
 *
 * A driver for a part NAME is `source_NAME.{h,c}`: a struct `source_NAME_t` that the caller owns, whose `frames` are the newest
 * samples; SOURCE_NAME_CHANNELS, how many make a frame; `source_NAME_init`, which touches no bus; and `source_NAME_step`, which never waits longer than one transfer:
 * it does what is due at `now_ms` (time since the chip started, which may have been with the part's power), tells how many frames have come, and is called again and again. After a fault the next step
 * begins from the start. `source_sensor.c` has the names of the states. */
#ifndef SOURCE_SENSOR_H
#define SOURCE_SENSOR_H

#include <stdint.h>

#include "rom.h"

typedef enum {
    SOURCE_STARTING, /* more is due within milliseconds */
    SOURCE_GOOD,
    SOURCE_STREAM,   /* the app has no such stream, or its frames are others */
    SOURCE_ABSENT,  /* nobody answers on the bus */
    SOURCE_BUS,     /* the bus is held low, or a transfer broke off */
    SOURCE_OTHER,   /* another part answers: its identity is not the one expected */
    SOURCE_RATE,    /* the part has no such sampling rate */
    SOURCE_UNSOUND, /* the part fails its self-test */
    SOURCE_OVERRUN, /* samples were lost: they were not fetched in time */
    SOURCE_SILENT,  /* the part stopped sampling */
    SOURCE_GARBLED, /* what it sends is not in its format */
    SOURCE_STATES
} source_state_t;

typedef struct {
    char text[10];
} source_state_name_t;

/* As the serial line tells them. */
extern const ROM source_state_name_t SOURCE_STATE_NAMES[SOURCE_STATES];

#endif
