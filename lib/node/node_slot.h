/* RAM for loaded models: the one in use at one end, and at the other the next one while it comes in. */
#ifndef NODE_SLOT_H
#define NODE_SLOT_H

#include <stdbool.h>
#include <stdint.h>

#include "app.h"
#include "model_blob.h"
#include "node_error.h"

/* A model that is under way never touches the one in use, so that this one keeps answering whatever becomes of the other. Of a slot of
 * NODE_MODEL_SLOT bytes the first model may take all, and one that replaces a loaded one what that leaves; a reset
 * gives all of it back. */
typedef struct {
    model_blob_t blob; /* the one in use, where `used` is not 0 */
    uint32_t used;     /* bytes that it takes; 0: the app's own model is in use */
    uint32_t begin;    /* where the one that comes in begins */
    uint32_t bytes;    /* of the one that comes in; 0: there is none */
    uint32_t next;     /* bytes of it that are there */
    bool low;          /* the one in use lies at the low end */
    bool changed;      /* another model came into use since the node last looked */
    uint8_t memory[NODE_MODEL_SLOT];
} node_slot_t;

/* Empties the slot: the app's own model is in use, nothing is under way. */
void node_slot_init(node_slot_t *self);

/* The model in use; `own` is the app's. */
const model_t *node_slot_model(const node_slot_t *self, const model_t *own);

/* `load begin BYTES`, `load data OFFSET BASE64` and `load commit`: `rest` is what follows the verb. With ERROR_ROOM `want` is the
 * room there is, with ERROR_CHUNK the offset that is expected. A chunk that is already there is done and not applied. A model comes into use
 * when it is whole, model_blob_check finds it good, and it has the app's rate, features, outputs and class names. */
node_error_t node_slot_load(node_slot_t *self, const app_t *app, char *rest, uint32_t *want);

#endif
