/* The tables of loaded models, checked section by section: the inner part of model_blob_check. */
#ifndef MODEL_BLOB_TABLES_H
#define MODEL_BLOB_TABLES_H

#include <stdbool.h>

#include "model_blob.h"

/* A section: where it is, and how long; `at` is NULL where there is none. */
typedef struct {
    const uint8_t *at;
    uint32_t n;
} model_blob_part_t;

/* A model whose header and sections are known to be good. */
typedef struct {
    model_blob_part_t of[MODEL_BLOB_TYPES];
    uint16_t n_features;
    uint8_t n_classes;
    uint8_t n_outputs;
} model_blob_parts_t;

/* |value| of `bytes`, at most 2^31. */
static inline uint32_t model_blob_magnitude(const uint8_t *at, uint8_t bytes)
{
    const uint32_t value = (uint32_t)model_blob_value(at, bytes);
    return value > INT32_MAX ? 0U - value : value;
}

/* How far a sum can get from 0, or more than INT32_MAX: adds one tree or weight after the other. */
static inline uint32_t model_blob_reach(uint32_t reach, uint32_t most)
{
    return reach > INT32_MAX || most > INT32_MAX - reach ? UINT32_MAX : reach + most;
}

/* Sums of a classifier: one a class, or one for two. */
static inline bool model_blob_sums_are_right(const model_blob_parts_t *self, uint8_t n_sums)
{
    const uint8_t wanted = self->n_classes != 0 ? self->n_classes : self->n_outputs != 0 ? self->n_outputs : 1;
    return n_sums == wanted || (self->n_classes == 2 && n_sums == 1);
}

/* The sections TREES and SHARES or VALUES. */
model_blob_status_t model_blob_trees(const model_blob_parts_t *self);

/* The sections LAYERS and LINEAR. */
bool model_blob_weights_are_good(const model_blob_parts_t *self);

/* The section LINK, or none. */
bool model_blob_link_is_good(const model_blob_parts_t *self);

#endif
