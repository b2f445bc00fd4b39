/* Bosch BMA400, a 3-axis accelerometer, on I²C with its INT1 at the chip's interrupt pin. Sections are those of its data sheet
 * (BST-BMA400-DS000, revision 1).
 *
 * Frames are x, y, z in mg, as the stream of an app with the unit mg. The range is ±8 g: 1000 / 256 mg a step, rounded to nearest;
 * a sample beyond it is held at -8000 or +7996 mg. Samples wait in the part's FIFO until half a second of them is there, then
 * its interrupt wakes the chip. */
#ifndef SOURCE_BMA400_H
#define SOURCE_BMA400_H

#include <stdbool.h>
#include <stdint.h>

#include "source_sensor.h"

enum { SOURCE_BMA400_CHANNELS = 3, SOURCE_BMA400_FRAMES = 16, SOURCE_BMA400_FRAME_BYTES = 7 };

typedef struct {
    uint32_t rate_hz;
    uint32_t since_ms; /* when the present phase began; while it runs, when samples last came */
    uint8_t phase;
    bool more; /* the last burst was full: the FIFO holds more */
    int16_t pushed[3]; /* what the self-test measured with the mass pushed one way */
    int16_t frames[SOURCE_BMA400_FRAMES][SOURCE_BMA400_CHANNELS];
    uint8_t bytes[SOURCE_BMA400_FRAMES * SOURCE_BMA400_FRAME_BYTES];
} source_bma400_t;

/* `rate_hz`: 25, 50, 100, 200, 400 or 800; any other is told as SOURCE_RATE at the first step. */
void source_bma400_init(source_bma400_t *self, uint32_t rate_hz);

/* `n_frames` is how many of `frames` are new; with 16 there may be more: step again at once. A start takes 125 ms in all. */
source_state_t source_bma400_step(source_bma400_t *self, uint32_t now_ms, uint8_t *n_frames);

#endif
