/* A loaded model opened: where its tables lie; see model_blob.h for the format. */
#include "model_blob.h"

#include <string.h>

const uint8_t *model_blob_section(const uint8_t *bytes, model_blob_section_t type)
{
    const uint8_t *row = bytes + MODEL_BLOB_HEADER;
    for (uint16_t left = model_blob_u16(bytes + MODEL_BLOB_AT_SECTIONS); left != 0; left--) {
        if (model_blob_u16(row) == (uint16_t)type) {
            return bytes + model_blob_u32(row + 4);
        }
        row += MODEL_BLOB_ROW;
    }
    return NULL;
}

/* ROM_MAPPED: a pointer to ROM may as well point to RAM. */
#ifdef ROM_MAPPED

static uint8_t classify(const ROM model_t *self, const int16_t *features, uint8_t *proba)
{
    return model_blob_classify(self->content, features, proba);
}

static void regress(const ROM model_t *self, const int16_t *features, int32_t *outputs)
{
    model_blob_regress(self->content, features, outputs);
}

static int32_t score(const ROM model_t *self, const int16_t *features)
{
    return model_blob_score(self->content, features);
}

static void join(model_blob_t *self, const uint8_t *bytes)
{
    model_t *model = &self->model;
    model->content = self;
    if (MODEL_BLOB_CAN(CLASSIFY) && model->n_classes != 0) {
        model->classify = classify;
        model->classes = (const model_name_t *)(const void *)model_blob_section(bytes, MODEL_BLOB_NAMES);
    } else if (MODEL_BLOB_CAN(REGRESS) && model->n_outputs != 0) {
        model->regress = regress;
    } else if (MODEL_BLOB_CAN(SCORE)) {
        model->score = score;
    }
}

#else

static void join(model_blob_t *self, const uint8_t *bytes)
{
    (void)self;
    (void)bytes;
}

#endif

static void open_trees(model_blob_t *self, const uint8_t *trees)
{
    self->n_trees = model_blob_u16(trees);
    self->split_bytes = trees[2];
    self->leaf_bytes = trees[3];
    self->counts = trees + MODEL_BLOB_TREES_HEAD;
    self->splits = self->counts + 2U * (size_t)self->n_trees;
    self->leaves = self->splits + (size_t)model_blob_u32(trees + 4) * self->split_bytes;
}

void model_blob_open(model_blob_t *self, const uint8_t *bytes)
{
    const uint8_t *const trees = model_blob_section(bytes, MODEL_BLOB_TREES);
    const uint8_t *const shares = model_blob_section(bytes, MODEL_BLOB_SHARES);
    const uint8_t *const values = model_blob_section(bytes, MODEL_BLOB_VALUES);
    const uint8_t *const layers = model_blob_section(bytes, MODEL_BLOB_LAYERS);
    const uint8_t *const linear = model_blob_section(bytes, MODEL_BLOB_LINEAR);
    const uint8_t *const link = model_blob_section(bytes, MODEL_BLOB_LINK);
    memset(self, 0, sizeof *self);
    model_t *model = &self->model;
    model->hash = model_blob_u32(bytes + MODEL_BLOB_AT_CRC);
    model->rate_hz = model_blob_u32(bytes + MODEL_BLOB_AT_RATE);
    model->n_features = model_blob_u16(bytes + MODEL_BLOB_AT_FEATURES);
    model->n_classes = bytes[MODEL_BLOB_AT_CLASSES];
    model->n_outputs = bytes[MODEL_BLOB_AT_OUTPUTS];
    model->fraction = bytes[MODEL_BLOB_AT_FRACTION];
    memcpy(&model->data, bytes + MODEL_BLOB_AT_DATA, sizeof model->data);
    if (trees != NULL) {
        open_trees(self, trees);
    }
    if (shares != NULL) {
        self->one = model_blob_u32(shares);
        self->slack = model_blob_u32(shares + 4);
        self->row_bytes = shares[10];
        self->rows = shares + MODEL_BLOB_SHARES_HEAD;
    } else if (values != NULL) {
        self->row_bytes = values[2];
        self->groups = values[3];
        self->n_sums = model->n_outputs != 0 ? model->n_outputs : self->groups;
        self->first = values + MODEL_BLOB_VALUES_HEAD;
        self->rows = self->first + 4U * (size_t)self->n_sums;
    } else {
        self->n_sums = linear[0];
        self->one = model_blob_u16(linear + 2);
        self->first = linear + MODEL_BLOB_LINEAR_HEAD;
        self->shifts = self->first + 4U * (size_t)self->n_sums;
        self->rows = self->shifts + self->n_sums;
    }
    if (layers != NULL) {
        self->n_layers = layers[0];
        self->layers = layers + MODEL_BLOB_LAYERS_HEAD;
    }
    if (link != NULL) {
        self->logs = (compact_logs_t){link[0], link[1], model_blob_u16(link + 2), model_blob_u32(link + 4)};
        self->offset = (int32_t)model_blob_u32(link + 8);
    }
    join(self, bytes);
}
