/* What a loaded model answers: see model_blob.h for the format, and for why a walk ends.
 *
 * The walk is that of lib/compact/compact_trees.h and not shared with it: there tables are aligned, in ROM, which on AVR is another address space, and
 * their widths are constants. */
#include "model_blob.h"

#include <string.h>

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
    const uint8_t *count;
    const uint8_t *split;
    uint32_t leaf; /* the tree's first among all leaves */
} trees_t;

static trees_t first_tree(const model_blob_t *blob)
{
    return (trees_t){.blob = blob, .count = blob->counts, .split = blob->splits, .leaf = 0};
}

/* The content of the next tree's leaf; of leaves without bytes, the place among all leaves. */
static uint32_t next_leaf(trees_t *self, const int16_t *features)
{
    const model_blob_t *blob = self->blob;
    const uint16_t n = model_blob_u16(self->count);
    const uint32_t place = self->leaf + (n == 0 ? 0 : walk(self->split, blob->split_bytes, features));
    const uint8_t *at = blob->leaves + (size_t)place * blob->leaf_bytes;
    self->count += 2;
    self->split += (size_t)n * blob->split_bytes;
    self->leaf += (uint32_t)n + 1U;
    return blob->leaf_bytes == 0 ? place : model_blob_number(at, blob->leaf_bytes);
}

static void add_row(const model_blob_t *blob, uint32_t *votes, uint32_t row)
{
    const uint8_t n_classes = blob->model.n_classes;
    const uint8_t *share = blob->rows + (size_t)row * n_classes * blob->row_bytes;
    for (uint8_t c = 0; c < n_classes; c++) {
        votes[c] += model_blob_number(share, blob->row_bytes);
        share += blob->row_bytes;
    }
}

static uint8_t vote(const model_blob_t *self, const int16_t *features, uint8_t *proba)
{
    uint32_t votes[MODEL_BLOB_WIDEST];
    const uint8_t n_classes = self->model.n_classes;
    trees_t trees = first_tree(self);
    memset(votes, 0, n_classes * sizeof votes[0]);
    for (uint16_t left = self->n_trees; left != 0; left--) {
        const uint32_t leaf = next_leaf(&trees, features);
        if (self->leaf_bytes == 0) {
            add_row(self, votes, leaf);
        } else if (leaf < n_classes) {
            votes[leaf] += self->one;
        } else {
            add_row(self, votes, leaf - n_classes);
        }
    }
    uint32_t all = self->n_trees * self->one;
    uint8_t drop = 0;
    for (; all >= 0x1000000UL; all >>= 1) { /* so that 255 times it fits 32 bits */
        drop++;
    }
    uint8_t answer = 0;
    uint32_t most = self->slack;
    for (uint8_t c = 0; c < n_classes; c++) {
        if (proba != NULL) {
            proba[c] = (uint8_t)(((votes[c] >> drop) * 255U + all / 2U) / all);
        }
        if (votes[c] > most) {
            most = votes[c] + self->slack;
            answer = c;
        }
    }
    return answer;
}

static void add_values(const model_blob_t *self, const int16_t *features, int32_t *sums)
{
    const uint8_t width = (uint8_t)(self->n_sums / self->groups);
    const uint16_t each = (uint16_t)(self->n_trees / self->groups);
    trees_t trees = first_tree(self);
    for (uint8_t k = 0; k < self->n_sums; k++) {
        sums[k] = model_blob_value(self->first + 4U * (size_t)k, 4);
    }
    for (uint8_t group = 0; group < self->groups; group++) {
        for (uint16_t left = each; left != 0; left--) {
            const uint8_t *value = self->rows + (size_t)next_leaf(&trees, features) * width * self->row_bytes;
            for (uint8_t k = 0; k < width; k++) {
                sums[k] += model_blob_value(value, self->row_bytes);
                value += self->row_bytes;
            }
        }
        sums += width;
    }
}

/* bias + weights · inputs of n_out sums. */
static void multiply(const uint8_t *bias, uint8_t n_out, const uint8_t *weight, uint16_t n_in, const int16_t *inputs,
                     int32_t *sums)
{
    for (uint8_t k = 0; k < n_out; k++) {
        int32_t sum = model_blob_value(bias, 4);
        for (uint16_t i = 0; i < n_in; i++) {
            sum += (int32_t)(int16_t)model_blob_u16(weight) * inputs[i];
            weight += 2;
        }
        bias += 4;
        sums[k] = sum;
    }
}

/* The hidden layers; `outputs` are the last one's. */
static void pass(const model_blob_t *self, const int16_t *features, int16_t *outputs)
{
    int32_t sums[MODEL_BLOB_WIDEST];
    const uint8_t *layer = self->layers;
    const int16_t *inputs = features;
    for (uint8_t left = self->n_layers; left != 0; left--) {
        const uint8_t n_out = layer[0];
        const uint16_t n_in = model_blob_u16(layer + 4);
        const uint8_t *bias = layer + MODEL_BLOB_LAYER_HEAD;
        const uint8_t *weights = bias + 4U * (size_t)n_out;
        multiply(bias, n_out, weights, n_in, inputs, sums);
        if (layer[1] == 0) {
            compact_mlp_relu_wide(sums, n_out, layer[2], outputs);
        } else {
            compact_mlp_squash_wide(sums, n_out, layer[2], layer[3], outputs);
        }
        layer = weights + 2U * (size_t)n_out * n_in;
        inputs = outputs;
    }
}

static void add_features(const model_blob_t *self, const int16_t *features, int32_t *sums)
{
    int16_t inputs[MODEL_BLOB_WIDEST];
    if (MODEL_BLOB_CAN(LAYERS) && self->layers != NULL) {
        pass(self, features, inputs);
        features = inputs;
    }
    multiply(self->first, self->n_sums, self->rows, (uint16_t)self->one, features, sums);
    for (uint8_t k = 0; k < self->n_sums; k++) {
        sums[k] >>= self->shifts[k];
    }
}

void model_blob_regress(const model_blob_t *self, const int16_t *features, int32_t *outputs)
{
    if (MODEL_BLOB_CAN(SUMS) && self->counts != NULL) {
        add_values(self, features, outputs);
    } else if (MODEL_BLOB_CAN(LINEAR)) {
        add_features(self, features, outputs);
    }
}

uint8_t model_blob_classify(const model_blob_t *self, const int16_t *features, uint8_t *proba)
{
    if (MODEL_BLOB_CAN(VOTES) && self->n_sums == 0) {
        return vote(self, features, proba);
    }
    int32_t scores[MODEL_BLOB_WIDEST];
    const uint8_t n = self->model.n_classes;
    scores[0] = 0;
    model_blob_regress(self, features, scores + (n - self->n_sums)); /* one sum is the second class's */
    if (self->logs.limit != 0) {
        return compact_soft(scores, n, self->logs, proba);
    }
    const uint8_t best = compact_best(scores, n);
    compact_only(best, n, proba);
    return best;
}

int32_t model_blob_score(const model_blob_t *self, const int16_t *features)
{
    int32_t sum;
    add_values(self, features, &sum);
    return -(int32_t)compact_exp2((uint32_t)sum, self->logs) - self->offset;
}
