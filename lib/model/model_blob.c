/* A loaded model opened and asked; see model_blob.h for the format and for why a walk ends. */
#include "model_blob.h"

#include <string.h>

/* Where constants lie in an address space of their own, `model_t` cannot point to RAM: there is no slot on such a chip. */
#ifdef ROM_MAPPED

const uint8_t *model_blob_section(const uint8_t *bytes, model_blob_section_t type)
{
    const uint8_t *row = bytes + MODEL_BLOB_HEADER;
    while (model_blob_u16(row) != (uint16_t)type) {
        row += MODEL_BLOB_ROW;
    }
    return bytes + model_blob_u32(row + 4);
}

/* The number of the leaf that is reached, within its tree. */
static uint32_t walk(const uint8_t *split, uint8_t bytes, const int16_t *features)
{
    uint32_t leaf = 0;
    for (;;) {
        const uint16_t head = bytes == 4 ? split[2] : model_blob_u16(split + 2);
        const uint16_t link = bytes == 4 ? split[3] : model_blob_u16(split + 4);
        if (features[head >> MODEL_BLOB_FLAGS] > (int16_t)model_blob_u16(split)) {
            leaf += link;
            if ((head & MODEL_BLOB_RIGHT_LEAF) != 0) {
                return leaf;
            }
            split += (size_t)link * bytes;
        } else {
            if ((head & MODEL_BLOB_LEFT_LEAF) != 0) {
                return leaf;
            }
            split += bytes;
        }
    }
}

/* Walks each tree in turn. */
typedef struct {
    const model_blob_t *blob;
    const uint8_t *split;
    const uint8_t *leaf;
    uint32_t tree; /* wider than n_trees, which can be 65535 */
} trees_t;

static trees_t first_tree(const model_blob_t *blob)
{
    return (trees_t){.blob = blob, .split = blob->splits, .leaf = blob->leaves, .tree = 0};
}

/* The content of the next tree's leaf. */
static uint16_t next_leaf(trees_t *self, const int16_t *features)
{
    const model_blob_t *blob = self->blob;
    const uint16_t n = model_blob_u16(blob->counts + 2U * (size_t)self->tree++);
    const uint32_t place = n == 0 ? 0 : walk(self->split, blob->split_bytes, features);
    const uint8_t *at = self->leaf + place * blob->leaf_bytes;
    self->split += (size_t)n * blob->split_bytes;
    self->leaf += ((size_t)n + 1U) * blob->leaf_bytes;
    return blob->leaf_bytes == 1 ? *at : model_blob_u16(at);
}

static void add_row(const model_blob_t *blob, uint32_t *votes, uint32_t row)
{
    const uint8_t n_classes = blob->model.n_classes;
    const uint8_t *share = blob->rows + row * n_classes * blob->row_bytes;
    for (uint8_t c = 0; c < n_classes; c++) {
        votes[c] += blob->row_bytes == 1 ? *share : model_blob_u16(share);
        share += blob->row_bytes;
    }
}

static uint8_t blob_classify(const ROM model_t *self, const int16_t *features, uint8_t *proba)
{
    const model_blob_t *blob = self->content;
    uint32_t votes[MODEL_BLOB_WIDEST];
    const uint8_t n_classes = self->n_classes;
    trees_t trees = first_tree(blob);
    memset(votes, 0, n_classes * sizeof votes[0]);
    while (trees.tree < blob->n_trees) {
        const uint16_t leaf = next_leaf(&trees, features);
        if (leaf < n_classes) {
            votes[leaf] += blob->one;
        } else {
            add_row(blob, votes, (uint32_t)leaf - n_classes);
        }
    }
    const uint32_t all = (uint32_t)blob->n_trees * blob->one;
    uint8_t answer = 0;
    for (uint8_t c = 0; c < n_classes; c++) {
        if (proba != NULL) {
            proba[c] = (uint8_t)((votes[c] * 255U + all / 2U) / all);
        }
        if (votes[c] > votes[answer]) {
            answer = c;
        }
    }
    return answer;
}

static void blob_regress(const ROM model_t *self, const int16_t *features, int32_t *outputs)
{
    const model_blob_t *blob = self->content;
    const uint8_t n = self->n_outputs;
    trees_t trees = first_tree(blob);
    for (uint8_t k = 0; k < n; k++) {
        outputs[k] = (int32_t)model_blob_u32(blob->first + 4U * k);
    }
    while (trees.tree < blob->n_trees) {
        const uint8_t *value = blob->rows + (size_t)next_leaf(&trees, features) * n * blob->row_bytes;
        for (uint8_t k = 0; k < n; k++) {
            outputs[k] += blob->row_bytes == 2 ? (int16_t)model_blob_u16(value) : (int32_t)model_blob_u32(value);
            value += blob->row_bytes;
        }
    }
}

void model_blob_open(model_blob_t *self, const uint8_t *bytes)
{
    const uint8_t *trees = model_blob_section(bytes, MODEL_BLOB_TREES);
    const uint8_t *rows = NULL;
    memset(self, 0, sizeof *self);
    model_t *model = &self->model;
    model->hash = model_blob_u32(bytes + MODEL_BLOB_AT_CRC);
    model->rate_hz = model_blob_u32(bytes + MODEL_BLOB_AT_RATE);
    model->n_features = model_blob_u16(bytes + MODEL_BLOB_AT_FEATURES);
    model->n_classes = bytes[MODEL_BLOB_AT_CLASSES];
    model->n_outputs = bytes[MODEL_BLOB_AT_OUTPUTS];
    model->fraction = bytes[MODEL_BLOB_AT_FRACTION];
    memcpy(&model->data, bytes + MODEL_BLOB_AT_DATA, sizeof model->data);
    model->content = self;
    self->n_trees = model_blob_u16(trees);
    self->split_bytes = trees[2];
    self->leaf_bytes = trees[3];
    self->counts = trees + MODEL_BLOB_TREES_HEAD;
    self->splits = self->counts + 2U * (size_t)self->n_trees;
    self->leaves = self->splits + (size_t)model_blob_u32(trees + 4) * self->split_bytes;
    if (model->n_classes != 0) {
        model->classify = blob_classify;
        model->classes = (const model_name_t *)(const void *)model_blob_section(bytes, MODEL_BLOB_NAMES);
        rows = model_blob_section(bytes, MODEL_BLOB_SHARES);
        self->one = model_blob_u16(rows);
        self->row_bytes = rows[4];
        self->rows = rows + MODEL_BLOB_SHARES_HEAD;
    } else {
        model->regress = blob_regress;
        rows = model_blob_section(bytes, MODEL_BLOB_VALUES);
        self->row_bytes = rows[2];
        self->first = rows + MODEL_BLOB_VALUES_HEAD;
        self->rows = self->first + 4U * (size_t)model->n_outputs;
    }
}

#endif
