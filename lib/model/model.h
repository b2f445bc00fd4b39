/* One small interface to a converted model, whatever engine is behind it.
 *
 * A conversion (see orchestrator/convert) writes `<name>_model.h`, which declares `<name>_model` and the constants
 * that an app needs at compile time, and one header that its engine's C file includes.
 */
#ifndef MODEL_H
#define MODEL_H

#include <stdint.h>

#include "rom.h"

enum { MODEL_NAME_BYTES = 16 };

typedef struct {
    char text[MODEL_NAME_BYTES]; /* ASCII, ends with NUL */
} model_name_t;

/* Of all three: `self` is the model that the function stands in, `features` is n_features of int16, in the units the app's feature
 * table states. A model keeps no state. */
typedef struct model model_t;

/* Returns the winning class, the lowest of equals, decided on the exact vote and not on `proba`.
 * Format: `proba` is uint8, 0 … 255 for 0 … 1, one a class, each rounded to nearest from the exact vote, so that the sum may
 * differ from 255 by n_classes/2; NULL where only the class is wanted, which may take less time. */
typedef uint8_t (*model_classify_t)(const ROM model_t *self, const int16_t *features, uint8_t *proba);

/* Format: writes n_outputs of int32, value · 2^fraction. */
typedef void (*model_regress_t)(const ROM model_t *self, const int16_t *features, int32_t *outputs);

/* Format: returns int32, value · 2^fraction: how much a row is like what was learned, as scikit-learn's
 * decision_function; below 0 is an outlier. */
typedef int32_t (*model_score_t)(const ROM model_t *self, const int16_t *features);

struct model {
    uint32_t hash;         /* CRC-32 of the model's content: what boot's `model` prints */
    uint32_t rate_hz;      /* sampling rate that the model was trained for, of the app's stream 0 */
    uint16_t n_features;   /* 1 … 65535; 0 in a model that was not trained */
    uint8_t n_classes;     /* 1 … 254; 0 where there is no `classify` */
    uint8_t n_outputs;     /* 1 … 255; 0 where there is no `regress` */
    uint8_t fraction;      /* 0 … 31, of `regress` and `score` */
    model_name_t data;     /* the data set it learned from, `sim` for the simulator */
    const ROM model_name_t *classes; /* n_classes names */
    model_classify_t classify;       /* these three: NULL where the model has no such answer */
    model_regress_t regress;
    model_score_t score;
    const ROM void *content; /* what they walk; their engine knows its type, NULL where it needs none */
};

/* What a class member carries when the app abstains; its name on the serial line is `unknown`. */
enum { MODEL_UNKNOWN = 255 };

#endif
