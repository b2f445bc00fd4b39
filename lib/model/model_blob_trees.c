/* The checker of a loaded model's trees, and of what their leaves hold. See model_blob.h for what it proves. */
#include "model_blob_tables.h"

typedef model_blob_part_t part_t;

/* Trees whose splits are good. */
typedef struct {
    const uint8_t *counts;
    const uint8_t *leaves;
    uint32_t n_trees;
    uint32_t n_leaves;
    uint8_t leaf_bytes;
} trees_t;

/* One tree of n splits: what the proof in model_blob.h asks of each. */
static bool tree_is_good(const uint8_t *split, uint8_t bytes, uint32_t n, uint16_t n_features)
{
    for (uint32_t place = 0; place < n; place++) {
        const uint16_t head = bytes == 4 ? split[2] : model_blob_u16(split + 2);
        const uint16_t link = bytes == 4 ? split[3] : model_blob_u16(split + 4);
        const uint32_t right = place + link;
        if (head >> MODEL_BLOB_FLAGS >= n_features || link == 0) {
            return false;
        }
        if ((head & MODEL_BLOB_LEFT_LEAF) == 0 && place + 1U >= n) {
            return false;
        }
        if ((head & MODEL_BLOB_RIGHT_LEAF) == 0 ? right >= n : right > n) {
            return false;
        }
        split += bytes;
    }
    return true;
}

/* All but what the leaves hold. */
static bool trees_are_good(part_t trees, uint16_t n_features, trees_t *found)
{
    if (trees.n < MODEL_BLOB_TREES_HEAD) {
        return false;
    }
    const uint16_t n_trees = model_blob_u16(trees.at);
    const uint8_t split_bytes = trees.at[2];
    const uint8_t leaf_bytes = trees.at[3];
    const uint32_t n_splits = model_blob_u32(trees.at + 4);
    if (n_trees == 0 || (split_bytes != 4 && split_bytes != 6) || leaf_bytes > 2 ||
        n_splits > trees.n) { /* so that nothing below leaves 32 bits: trees.n is at most 2^24 */
        return false;
    }
    const uint8_t *const counts = trees.at + MODEL_BLOB_TREES_HEAD;
    const uint8_t *split = counts + 2U * (size_t)n_trees;
    const uint32_t before = MODEL_BLOB_TREES_HEAD + 2U * (uint32_t)n_trees + n_splits * split_bytes;
    *found = (trees_t){counts, trees.at + before, n_trees, n_splits + n_trees, leaf_bytes};
    if (before + found->n_leaves * leaf_bytes != trees.n) {
        return false;
    }
    uint32_t left = n_splits;
    for (uint32_t tree = 0; tree < n_trees; tree++) {
        const uint16_t n = model_blob_u16(counts + 2U * (size_t)tree);
        if (n > left || !tree_is_good(split, split_bytes, n, n_features)) {
            return false;
        }
        left -= n;
        split += (size_t)n * split_bytes;
    }
    return left == 0;
}

/* What a leaf holds: the number of its row. */
static uint32_t leaf_of(const trees_t *trees, uint32_t leaf)
{
    const uint8_t *at = trees->leaves + (size_t)leaf * trees->leaf_bytes;
    return trees->leaf_bytes == 0 ? leaf : model_blob_number(at, trees->leaf_bytes);
}

/* Leaves without bytes have as many rows, the others `pure` more than there are. */
static bool leaves_are_good(const trees_t *trees, uint32_t pure, uint32_t n_rows)
{
    if (trees->leaf_bytes == 0) {
        return trees->n_leaves == n_rows;
    }
    for (uint32_t i = 0; i < trees->n_leaves; i++) {
        if (leaf_of(trees, i) >= pure + n_rows) {
            return false;
        }
    }
    return true;
}

static bool shares_are_good(part_t shares, uint8_t n_classes, uint32_t n_trees, uint32_t *n_rows)
{
    if (shares.n < MODEL_BLOB_SHARES_HEAD) {
        return false;
    }
    const uint32_t one = model_blob_u32(shares.at);
    const uint32_t slack = model_blob_u32(shares.at + 4);
    const uint8_t bytes = shares.at[10];
    *n_rows = model_blob_u16(shares.at + 8);
    if (one == 0 || (bytes != 1 && bytes != 2 && bytes != 4) || shares.at[11] != 0 || one > (UINT32_MAX - slack) / n_trees ||
        shares.n != MODEL_BLOB_SHARES_HEAD + *n_rows * n_classes * bytes) {
        return false;
    }
    const uint8_t *at = shares.at + MODEL_BLOB_SHARES_HEAD;
    for (uint32_t row = 0; row < *n_rows; row++) {
        uint32_t left = one;
        for (uint8_t c = 0; c < n_classes; c++) {
            const uint32_t share = model_blob_number(at, bytes);
            if (share > left) {
                return false;
            }
            left -= share;
            at += bytes;
        }
        if (left != 0) {
            return false;
        }
    }
    return true;
}

static bool values_have_room(part_t values, uint8_t n_sums, uint32_t n_trees, uint32_t *n_rows)
{
    *n_rows = model_blob_u16(values.at);
    const uint8_t bytes = values.at[2];
    const uint8_t groups = values.at[3];
    return (bytes == 2 || bytes == 4) && n_sums % groups == 0 && n_trees % groups == 0 &&
           values.n == MODEL_BLOB_VALUES_HEAD + 4U * (uint32_t)n_sums + *n_rows * bytes * (n_sums / groups);
}

/* No sum overflows, each tree at its largest leaf. */
static bool values_fit(const uint8_t *values, uint8_t n_sums, const trees_t *trees)
{
    const uint8_t bytes = values[2];
    const uint8_t groups = values[3];
    const uint8_t width = (uint8_t)(n_sums / groups);
    const uint8_t *const first = values + MODEL_BLOB_VALUES_HEAD;
    const uint8_t *const rows = first + 4U * (size_t)n_sums;
    for (uint8_t column = 0; column < width; column++) {
        uint32_t leaf = 0;
        uint32_t reach = 0;
        for (uint32_t tree = 0; tree < trees->n_trees; tree++) {
            const uint32_t group = tree / (trees->n_trees / groups);
            const uint32_t end = leaf + model_blob_u16(trees->counts + 2U * (size_t)tree) + 1U;
            uint32_t most = 0;
            if (tree % (trees->n_trees / groups) == 0) {
                reach = model_blob_magnitude(first + 4U * (size_t)(group * width + column), 4);
            }
            for (; leaf < end; leaf++) {
                const uint32_t value = model_blob_magnitude(rows + ((size_t)leaf_of(trees, leaf) * width + column) * bytes, bytes);
                most = value > most ? value : most;
            }
            reach = model_blob_reach(reach, most);
            if (reach > INT32_MAX) {
                return false;
            }
        }
    }
    return true;
}

model_blob_status_t model_blob_trees(const model_blob_parts_t *self)
{
    const part_t shares = self->of[MODEL_BLOB_SHARES];
    const part_t values = self->of[MODEL_BLOB_VALUES];
    trees_t trees;
    uint32_t n_rows;
    if (!trees_are_good(self->of[MODEL_BLOB_TREES], self->n_features, &trees)) {
        return MODEL_BLOB_BAD_TREES;
    }
    if (MODEL_BLOB_CAN(VOTES) && shares.at != NULL) {
        if (!shares_are_good(shares, self->n_classes, trees.n_trees, &n_rows)) {
            return MODEL_BLOB_BAD_ROWS;
        }
        return leaves_are_good(&trees, self->n_classes, n_rows) ? MODEL_BLOB_GOOD : MODEL_BLOB_BAD_LEAVES;
    }
    if (!MODEL_BLOB_CAN(SUMS)) {
        return MODEL_BLOB_BAD_ROWS;
    }
    if (values.n < MODEL_BLOB_VALUES_HEAD || values.at[3] == 0) {
        return MODEL_BLOB_BAD_ROWS;
    }
    const uint8_t n_sums = self->n_outputs != 0 ? self->n_outputs : values.at[3];
    if (!model_blob_sums_are_right(self, n_sums) || !values_have_room(values, n_sums, trees.n_trees, &n_rows)) {
        return MODEL_BLOB_BAD_ROWS;
    }
    if (!leaves_are_good(&trees, 0, n_rows)) {
        return MODEL_BLOB_BAD_LEAVES;
    }
    return values_fit(values.at, n_sums, &trees) ? MODEL_BLOB_GOOD : MODEL_BLOB_BAD_ROWS;
}
