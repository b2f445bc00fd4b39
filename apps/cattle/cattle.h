/* cattle: what a cow does, from a 3-axis accelerometer at her head; a decision every 3 s. */
#ifndef CATTLE_H
#define CATTLE_H

#include <stdbool.h>
#include <stdint.h>

#include "app.h"
#include "cattle_features.h"
#include "cattle_model.h"

enum {
    CATTLE_SMOOTH = 2, /* decisions that the probability is averaged over: the 30 s of context already smooth */
    CATTLE_LIMIT_MG = 16384, /* a sample beyond it is no measurement of a ±16 g sensor */
    CATTLE_UNKNOWN_BELOW = 100 /* default of the parameter `unknown`: below it an answer is more often wrong than right */
};

/* Report of an answered window. */
typedef struct {
    uint32_t t_ms;  /* since the recording's first sample, at the window's end */
    uint32_t n;     /* decisions since the recording's start, 1 first, faults included */
    uint16_t fx;    /* CRC-16 of the feature vector */
    uint8_t answer; /* class, or MODEL_UNKNOWN when its score is below the parameter `unknown` */
    uint8_t score;  /* 0 … 255 for 0 … 1: the answer's mean probability over the smoothed decisions, by weight */
} cattle_window_t;

/* Report in place of a window's, when the sensor cannot have measured it. */
typedef struct {
    uint32_t t_ms;
    uint32_t n;
    uint8_t fault; /* index into the app's fault names: stuck, saturated */
} cattle_fault_t;

typedef struct {
    cattle_features_t features;
    int16_t vector[CATTLE_FEATURES]; /* behind the last window */
    uint8_t history[CATTLE_SMOOTH][CATTLE_MODEL_CLASSES];
    uint8_t weight[CATTLE_SMOOTH]; /* blocks of context that each decision in the history had, 1 … 10 */
    uint8_t n_history;  /* 0 … CATTLE_SMOOTH */
    uint8_t at_history; /* where the next one goes */
    uint32_t n;          /* decisions since the recording's start, faults included */
    int16_t unknown_below; /* parameter: a score below it is reported as unknown */
} cattle_t;

extern const ROM app_t cattle_app;

#endif
