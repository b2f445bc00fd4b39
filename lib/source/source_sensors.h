/* Every driver of a sensor, for whoever picks some of them by name. */
#ifndef SOURCE_SENSORS_H
#define SOURCE_SENSORS_H

#include "source_bma400.h"
#include "source_lis2dh12.h"

#endif
