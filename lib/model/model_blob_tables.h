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

/* Whether the sections that hold numbers are good; which they are together has been checked. */
model_blob_status_t model_blob_tables(const model_blob_parts_t *self);

#endif
