/* ST LIS2DH12, a 3-axis accelerometer, on I²C with its INT1 at the chip's interrupt pin. Sections are those of its data sheet
 * (DS10619, revision 7).
 *
 * Frames are x, y, z in mg, as the stream of an app with the unit mg. The range is ±8 g in the high-resolution mode: 4 mg a step (2.1,
 * table 4); a sample beyond it is held at -8192 or +8188 mg. Samples wait in the part's FIFO of 32 until half of it is full,
 * then its interrupt wakes the chip: at 400 Hz the chip has 40 ms to come. */
#ifndef SOURCE_LIS2DH12_H
#define SOURCE_LIS2DH12_H

#include <stdbool.h>
#include <stdint.h>

#include "source_sensor.h"

enum { SOURCE_LIS2DH12_CHANNELS = 3, SOURCE_LIS2DH12_FRAMES = 16, SOURCE_LIS2DH12_FRAME_BYTES = 6 };

typedef struct {
    uint32_t rate_hz;
    uint32_t since_ms; /* when the present phase began; while it runs, when samples last came */
    uint8_t phase;
    bool more;       /* the last burst was full: the FIFO may hold more */
    int16_t rest[3]; /* what it measured before the self-test's force */
    int16_t frames[SOURCE_LIS2DH12_FRAMES][SOURCE_LIS2DH12_CHANNELS];
    uint8_t bytes[SOURCE_LIS2DH12_FRAMES * SOURCE_LIS2DH12_FRAME_BYTES];
} source_lis2dh12_t;

/* `rate_hz`: 1, 10, 25, 50, 100, 200 or 400; any other is told as SOURCE_RATE at the first step. */
void source_lis2dh12_init(source_lis2dh12_t *self, uint32_t rate_hz);

/* `n_frames` is how many of `frames` are new; with 16 there may be more: step again at once. A start takes 190 ms in all. */
source_state_t source_lis2dh12_step(source_lis2dh12_t *self, uint32_t now_ms, uint8_t *n_frames);

#endif
