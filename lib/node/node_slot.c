/* The `load` command of images that have a slot. */
#include "node.h"

#ifdef NODE_MODEL_SLOT

#include <string.h>

#include "line_in.h"

void node_slot_init(node_slot_t *self)
{
    self->used = 0;
    self->bytes = 0;
    self->low = false;
}

const model_t *node_slot_model(const node_slot_t *self, const model_t *own)
{
    return self->used != 0 ? &self->blob.model : own;
}

static node_error_t begin(node_slot_t *self, const char *number, uint32_t *want)
{
    uint32_t bytes;
    if (number == NULL || !line_in_u32(number, &bytes) || bytes == 0) {
        return ERROR_ARGS;
    }
    *want = NODE_MODEL_SLOT - self->used;
    if (bytes > *want) {
        return ERROR_ROOM;
    }
    self->begin = self->low ? NODE_MODEL_SLOT - bytes : 0;
    self->bytes = bytes;
    self->next = 0;
    return DONE;
}

static node_error_t data(node_slot_t *self, const char *number, char *text, uint32_t *want)
{
    uint32_t offset;
    if (text == NULL || !line_in_u32(number, &offset)) {
        return ERROR_ARGS;
    }
    *want = self->bytes != 0 ? self->next : 0;
    uint8_t *chunk = (uint8_t *)text; /* decoding writes no further than it has read */
    const int32_t n = line_in_base64(text, chunk);
    if (n < 0 || self->bytes == 0 || offset > self->next || (uint32_t)n > self->bytes - offset) {
        return ERROR_CHUNK;
    }
    if (offset == self->next) {
        memcpy(self->memory + self->begin + offset, chunk, (size_t)n);
        self->next += (uint32_t)n;
    } else if (offset + (uint32_t)n > self->next) {
        return ERROR_CHUNK;
    }
    return DONE;
}

static bool is_for(const model_t *model, const app_t *app)
{
    const model_t *own = app->model;
    return model->rate_hz == own->rate_hz && model->n_features == app->n_features && model->n_classes == own->n_classes &&
           model->n_outputs == own->n_outputs &&
           (own->n_classes == 0 || memcmp(model->classes, own->classes, own->n_classes * sizeof *own->classes) == 0);
}

static node_error_t commit(node_slot_t *self, const app_t *app, uint32_t *want)
{
    const uint8_t *bytes = self->memory + self->begin;
    const uint32_t n = self->bytes;
    model_blob_t blob;
    *want = n != 0 ? self->next : 0;
    if (n == 0 || self->next != n) {
        return ERROR_CHUNK;
    }
    self->bytes = 0;
    if (model_blob_check(bytes, n) != MODEL_BLOB_GOOD) {
        return ERROR_MODEL;
    }
    model_blob_open(&blob, bytes);
    if (!is_for(&blob.model, app)) {
        return ERROR_MODEL;
    }
    model_blob_open(&self->blob, bytes);
    self->used = n;
    self->low = self->begin == 0;
    self->changed = true;
    return DONE;
}

static bool is(const char *word, const char *wanted)
{
    return word != NULL && strcmp(word, wanted) == 0;
}

node_error_t node_slot_load(node_slot_t *self, const app_t *app, char *rest, uint32_t *want)
{
    const char *what = line_in_word(&rest);
    const char *number = is(what, "commit") ? NULL : line_in_word(&rest);
    char *text = is(what, "data") ? line_in_word(&rest) : NULL;
    if (rest != NULL) {
        return ERROR_ARGS;
    }
    if (is(what, "begin")) {
        return begin(self, number, want);
    }
    if (is(what, "data")) {
        return data(self, number, text, want);
    }
    return is(what, "commit") ? commit(self, app, want) : ERROR_ARGS;
}

#endif
