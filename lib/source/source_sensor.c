/* The names of what may be wrong with a sensor. */
#include "source_sensor.h"

const ROM source_state_name_t SOURCE_STATE_NAMES[SOURCE_STATES] = {
    [SOURCE_GOOD] = {"good"},       [SOURCE_STARTING] = {"starting"}, [SOURCE_STREAM] = {"stream"},
    [SOURCE_ABSENT] = {"absent"},   [SOURCE_BUS] = {"bus"},           [SOURCE_OTHER] = {"other"},
    [SOURCE_RATE] = {"rate"},       [SOURCE_UNSOUND] = {"unsound"},   [SOURCE_OVERRUN] = {"overrun"},
    [SOURCE_SILENT] = {"silent"},   [SOURCE_GARBLED] = {"garbled"},
};
