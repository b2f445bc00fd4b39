/* A model as bytes that can be loaded into RAM: the format, its checker, and a walker behind model_t.
 *
 * Version 1, little-endian, nothing aligned, no gaps; every byte that is not named is 0. orchestrator/convert/blob.py writes it.
 *
 *     at  bytes
 *      0      4  "fmbl"
 *      4      4  CRC-32 (IEEE 802.3, as zlib's) of all that follows, and the model's hash
 *      8      4  bytes of the whole, at most 2^24
 *     12      2  version
 *     14      2  number of sections
 *     16      4  rate_hz, 1 …
 *     20      2  n_features, 1 …
 *     22      1  n_classes, at most 64, or 0
 *     23      1  n_outputs, at most 64, or 0; one of the two is 0 and the other is not
 *     24      1  fraction, at most 31; 0 in a classifier
 *     32     16  name of the data set
 *     48  12 each  the sections: type (2), 0 (2), where it begins (4), its bytes (4); in order of type, each where the last one ends
 *
 * MODEL_BLOB_NAMES, of a classifier: n_classes names of 16 bytes.
 *
 * MODEL_BLOB_TREES: n_trees (2), bytes of a split (1: 4 or 6), bytes of a leaf (1: 1 or 2), n_splits of all trees (4); then for each tree
 * its splits (2), then all splits, then all leaves, of which a tree has one more than splits. A split of 4 bytes: threshold (2, signed),
 * head (1), link (1); of 6: threshold (2), head (2), link (2). `head` is feature · 4 + 2 if the right child is a leaf + 1 if the
 * left one is. Splits are in preorder: the left child follows its parent; `link` is the number of leaves below the left child, by which
 * the right child's place lies further on, and its first leaf's number (the counting form of lib/compact/compact_trees.h). Left is a feature that
 * is at most the threshold. A leaf is the place of its row in the next section.
 *
 * MODEL_BLOB_SHARES, of a classifier: `one` (2), n_rows (2), bytes of a share (1: 1 or 2), 0 (1); then rows of n_classes shares that sum
 * to `one`. A leaf below n_classes is pure: it gives `one` to that class; the others are n_classes + their row. n_trees · one is at most
 * 2^24. A hard vote has one = 1 and no rows.
 *
 * MODEL_BLOB_VALUES, of a regressor: n_rows (2), bytes of a value (1: 2 or 4), 0 (1); then n_outputs int32 to begin with, then rows of
 * n_outputs signed values. The outputs are the sum over the trees.
 *
 * Another kind of model is another type of section, beside or in place of these, and a new version.
 */
#ifndef MODEL_BLOB_H
#define MODEL_BLOB_H

#include <stddef.h>
#include <stdint.h>

#include "model.h"

enum {
    MODEL_BLOB_VERSION = 1,
    MODEL_BLOB_MOST = 1L << 24,  /* bytes, so that no sum of sizes leaves 32 bits */
    MODEL_BLOB_WIDEST = 64,     /* most classes, and most outputs: votes are counted on the stack */
    MODEL_BLOB_VOTES = 1L << 24, /* most that all trees give together: times 255 it fits 32 bits */
    MODEL_BLOB_LEFT_LEAF = 1,
    MODEL_BLOB_RIGHT_LEAF = 2,
    MODEL_BLOB_FLAGS = 2 /* bits below the feature */
};

typedef enum { MODEL_BLOB_NAMES = 1, MODEL_BLOB_TREES, MODEL_BLOB_SHARES, MODEL_BLOB_VALUES } model_blob_section_t;

/* Where fields lie. */
enum {
    MODEL_BLOB_AT_CRC = 4,
    MODEL_BLOB_AT_BYTES = 8,
    MODEL_BLOB_AT_VERSION = 12,
    MODEL_BLOB_AT_SECTIONS = 14,
    MODEL_BLOB_AT_RATE = 16,
    MODEL_BLOB_AT_FEATURES = 20,
    MODEL_BLOB_AT_CLASSES = 22,
    MODEL_BLOB_AT_OUTPUTS = 23,
    MODEL_BLOB_AT_FRACTION = 24,
    MODEL_BLOB_AT_ZERO = 25,
    MODEL_BLOB_AT_DATA = 32,
    MODEL_BLOB_HEADER = 48,
    MODEL_BLOB_ROW = 12,        /* of the table of sections */
    MODEL_BLOB_TREES_HEAD = 8,  /* of sections, before their tables */
    MODEL_BLOB_SHARES_HEAD = 6,
    MODEL_BLOB_VALUES_HEAD = 4
};

/* What the checker found first. */
typedef enum {
    MODEL_BLOB_GOOD = 0,
    MODEL_BLOB_BAD_MAGIC,    /* no model, or shorter than a header */
    MODEL_BLOB_BAD_VERSION,  /* of another version */
    MODEL_BLOB_BAD_BYTES,    /* says another size than it has, or one beyond MODEL_BLOB_MOST */
    MODEL_BLOB_BAD_CRC,
    MODEL_BLOB_BAD_FACTS,    /* a member of the header beyond its range */
    MODEL_BLOB_BAD_SECTIONS, /* a section that is unknown, missing, out of order, or not where the last one ends */
    MODEL_BLOB_BAD_NAMES,    /* a name that is empty, does not end, or cannot be printed */
    MODEL_BLOB_BAD_TREES,    /* tables that do not fill their section, a feature or a child out of range */
    MODEL_BLOB_BAD_LEAVES,   /* a leaf without a row */
    MODEL_BLOB_BAD_ROWS      /* rows that do not fill their section, shares that do not sum to one, a sum that could overflow */
} model_blob_status_t;

/* A loaded model: what model_t's `content` points to. */
typedef struct {
    model_t model;
    const uint8_t *counts; /* splits of each tree */
    const uint8_t *splits;
    const uint8_t *leaves;
    const uint8_t *rows; /* of shares, or of values after those to begin with */
    const uint8_t *first; /* those to begin with */
    uint16_t n_trees;
    uint16_t one;
    uint8_t split_bytes;
    uint8_t leaf_bytes;
    uint8_t row_bytes; /* of a share or a value */
} model_blob_t;

static inline uint16_t model_blob_u16(const uint8_t *at)
{
    return (uint16_t)(at[0] | (uint16_t)(at[1] << 8));
}

static inline uint32_t model_blob_u32(const uint8_t *at)
{
    return model_blob_u16(at) | (uint32_t)model_blob_u16(at + 2) << 16;
}

/* The CRC-32 that stands in the header: of `n` bytes. Reflected polynomial EDB88320, initial value and final xor FFFFFFFF. */
uint32_t model_blob_crc(const uint8_t *bytes, uint32_t n);

/* The section of `type`, which a good blob has. */
const uint8_t *model_blob_section(const uint8_t *bytes, model_blob_section_t type);

/* Whether `n` bytes are a model that can be asked anything: every offset, feature, leaf and row in range, and no walk without an end.
 * It reads nothing beyond the n bytes, whatever they hold, does not call itself, and takes time in proportion to n.
 *
 * Why no walk loops or leaves its tree. Take a tree of n splits, a split at place p < n, link k. The checker holds each split to:
 * k >= 1; p + 1 < n where the left child is no leaf; p + k < n where the right child is none, else p + k <= n. A walk goes
 * from p to p + 1 or to p + k: places grow and stay below n, so that it ends after at most n splits. Its leaf number
 * starts at 0, grows by k whenever p does, and so is never above p; at the end it is at most p + k <= n, one of the tree's n + 1 leaves.
 * Features are below n_features, each leaf below the number of rows: nothing else is read with a number from the blob. Blobs that are no
 * trees can pass; they answer, in bounds and time. */
model_blob_status_t model_blob_check(const uint8_t *bytes, uint32_t n);

/* Makes `self` the model of a blob that model_blob_check found good; the blob stays where it is as long as it is asked.
 * Format:   classify as model_classify_t, regress as model_regress_t.
 * Scaling:  exact: votes are whole multiples of 1/one, outputs are sums of the rows' integers.
 * Overflow: none for any features: votes reach n_trees · one <= 2^24, and |first| + n_trees · |largest value| is below 2^31, which
 *           the checker proves. */
void model_blob_open(model_blob_t *self, const uint8_t *bytes);

#endif
