/* The fuzzer's app: two streams, three parameters, two events that hold every kind of field. */
#ifndef FUZZ_APP_H
#define FUZZ_APP_H

#include <stdint.h>

#include "app.h"

enum {
    FUZZ_STREAMS = 2,
    FUZZ_CLASSES = 3,
    FUZZ_LIMIT_0 = 32767, /* one channel: every sample but -32768 */
    FUZZ_LIMIT_1 = 2000,  /* three channels */
    FUZZ_RATE_0_HZ = 50,
    FUZZ_EVERY = 8,         /* default of `every`: frames of stream 0 to a window */
    FUZZ_EVERY_MAX = 50,
    FUZZ_FAULT_FRAMES = 5,  /* frames of stream 1 to a fault */
    FUZZ_FRAME_CYCLES = 3   /* what a frame costs on fuzz_port's clock */
};

typedef struct {
    uint32_t n;
    uint16_t low;
    uint16_t fx;
    uint8_t byte;
    uint8_t answer; /* 0 … 2, or MODEL_UNKNOWN */
} fuzz_window_t;

typedef struct {
    int16_t x;
    uint8_t why; /* 0 … 1, or 2, which has no name */
    uint8_t class_beyond; /* FUZZ_CLASSES: no class */
} fuzz_fault_t;

typedef struct {
    uint32_t frames[FUZZ_STREAMS];
    uint32_t reports;
    uint32_t sum; /* of every frame: two orders of the same frames differ */
    int16_t vector[4];
    int16_t every;
    int16_t offset;
    int16_t below;
} fuzz_app_t;

extern const ROM app_t fuzz_app;

#endif
