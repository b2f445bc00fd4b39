/* A model as bytes that can be loaded into RAM: the format, its checker, and what it answers.
 *
 * Version 2, little-endian, nothing aligned, no gaps; every byte that is not named is 0. orchestrator/convert/blob writes it.
 *
 *     at  bytes
 *      0      4  "fmbl"
 *      4      4  CRC-32 (IEEE 802.3, as zlib's) of all that follows, and the model's hash
 *      8      4  bytes of the whole, at most 2^24
 *     12      2  version
 *     14      2  number of sections
 *     16      4  rate_hz, 1 …
 *     20      2  n_features, 1 …
 *     22      1  n_classes, at most 64: a classifier, or 0
 *     23      1  n_outputs, at most 64: a regressor, or 0; one of the two is 0, and both are in a model that scores
 *     24      1  fraction, at most 31; 0 in a classifier
 *     32     16  name of the data set
 *     48  12 each  the sections: type (2), 0 (2), where it begins (4), its bytes (4); in order of type, each where the last one ends
 *
 * A classifier has NAMES. Then a model has TREES and SHARES (votes, of a classifier only), or TREES and VALUES (sums of trees), or
 * LINEAR (sums of features, or with LAYERS of what hidden layers make of them; not in a model that scores). From sums, a regressor answers with them, a classifier with
 * the largest, with probabilities where it has LINK, and a model that scores with what LINK makes of its one sum.
 *
 * NAMES: n_classes names of 16 bytes.
 *
 * TREES: n_trees (2), bytes of a split (1: 4 or 6), bytes of a leaf (1: 0, 1 or 2), n_splits of all trees (4); then for each tree
 * its splits (2), then all splits, then all leaves, of which a tree has one more than splits. A split of 4 bytes: threshold (2, signed),
 * head (1), link (1); of 6: threshold (2), head (2), link (2). `head` is feature · 4 + 2 if the right child is a leaf + 1 if the
 * left one is. Splits are in preorder: the left child follows its parent; `link` is the number of leaves below the left child, by which
 * the right child's place lies further on, and its first leaf's number (the counting form of lib/compact/compact_trees.h). Left is a feature that
 * is at most the threshold. A leaf is the place of its row in the next section; without bytes, its own place among the leaves of all trees.
 *
 * SHARES: `one` (4), `slack` (4), n_rows (2), bytes of a share (1: 1, 2 or 4), 0 (1); then rows of n_classes shares that sum to `one`. A leaf below
 * n_classes is pure: it gives `one` to that class; the others, and all without bytes, are n_classes + their row. Classes whose votes differ by at
 * most `slack` are equal: that is how far rounding to shares may part votes that are equal as fractions. n_trees · one + slack is below 2^32. A
 * hard vote has one = 1 and no rows.
 *
 * VALUES: n_rows (2), bytes of a value (1: 2 or 4), groups (1); then what the sums begin with, int32, then rows of sums / groups signed values.
 * The trees are so many groups of equal size, and each adds its leaf's row to its group's sums. Sums are n_outputs; a classifier's are its
 * groups, one a class, or one of two classes, the second's against 0; a model that scores has one.
 *
 * LAYERS: their number (1), 0 (1); then each: n_out (1, at most 64), activation (1: 0 rectified, 1 logistic), shift (1, at most 31), fine (1: 0 or, of a
 * logistic one, 1 … 12), n_in (2), of the features or of what the layer before gives the first that count; then n_out biases, int32; then for
 * each n_in weights (2, signed). What a layer gives is compact_mlp_relu_wide or compact_mlp_squash_wide of bias + weights · inputs, int16.
 *
 * LINEAR: sums (1), 0 (1), n_used (2), of the features, or of what the last layer gives, the first that count; then a bias for each sum, int32; then a shift for each (1, at most 31);
 * then for each n_used weights (2, signed). A sum is (bias + weights · features) >> shift. Sums are as in VALUES.
 *
 * LINK: compact_logs_t of compact_softmax.h, which says what a sum is worth: coarser (1), shift (1), factor (2), limit (4); then offset (4,
 * signed; 0 in a classifier). A score is -2^(15 - its one sum in binary digits) - offset.
 *
 * Another kind of model is another type of section, beside or in place of these, and a new version.
 */
#ifndef MODEL_BLOB_H
#define MODEL_BLOB_H

#include <stddef.h>
#include <stdint.h>

#include "compact_softmax.h"
#include "compact_squash.h"
#include "model.h"

/* What an image can be given, from `custom_model_kinds` of its env; what it leaves out is refused, and is not linked. */
enum {
    MODEL_BLOB_HAS_VOTES = 1,
    MODEL_BLOB_HAS_SUMS = 2,
    MODEL_BLOB_HAS_LINEAR = 4,
    MODEL_BLOB_HAS_LAYERS = 8, /* with LINEAR */
    MODEL_BLOB_HAS_CLASSIFY = 16,
    MODEL_BLOB_HAS_REGRESS = 32,
    MODEL_BLOB_HAS_SCORE = 64 /* with SUMS */
};
#ifndef MODEL_BLOB_KINDS
#define MODEL_BLOB_KINDS 127
#endif
#define MODEL_BLOB_CAN(what) (((MODEL_BLOB_KINDS) & MODEL_BLOB_HAS_##what) != 0)

enum {
    MODEL_BLOB_VERSION = 2,
    MODEL_BLOB_WIDEST = 64, /* most classes, outputs, and units of a hidden layer: sums are on the stack */
    MODEL_BLOB_FINEST = 12, /* of a logistic layer */
    MODEL_BLOB_LEFT_LEAF = 1,
    MODEL_BLOB_RIGHT_LEAF = 2,
    MODEL_BLOB_FLAGS = 2 /* bits below the feature */
};
#define MODEL_BLOB_MOST 0x1000000UL /* bytes, so that no sum of sizes leaves 32 bits */

typedef enum {
    MODEL_BLOB_NAMES = 1,
    MODEL_BLOB_TREES,
    MODEL_BLOB_SHARES,
    MODEL_BLOB_VALUES,
    MODEL_BLOB_LAYERS,
    MODEL_BLOB_LINEAR,
    MODEL_BLOB_LINK,
    MODEL_BLOB_TYPES
} model_blob_section_t;

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
    MODEL_BLOB_ROW = 12,       /* of the table of sections */
    MODEL_BLOB_TREES_HEAD = 8, /* of sections, before their tables */
    MODEL_BLOB_SHARES_HEAD = 12,
    MODEL_BLOB_VALUES_HEAD = 4,
    MODEL_BLOB_LAYERS_HEAD = 2,
    MODEL_BLOB_LAYER_HEAD = 6, /* of each layer */
    MODEL_BLOB_LINEAR_HEAD = 4,
    MODEL_BLOB_LINK_BYTES = 12
};

/* What the checker found first. */
typedef enum {
    MODEL_BLOB_GOOD = 0,
    MODEL_BLOB_BAD_MAGIC,    /* no model, or shorter than a header */
    MODEL_BLOB_BAD_VERSION,  /* of another version */
    MODEL_BLOB_BAD_BYTES,    /* says another size than it has, or one beyond MODEL_BLOB_MOST */
    MODEL_BLOB_BAD_CRC,
    MODEL_BLOB_BAD_FACTS,    /* a member of the header beyond its range */
    MODEL_BLOB_BAD_SECTIONS, /* a section that is unknown, out of order or not where the last one ends; sections that are no model together */
    MODEL_BLOB_BAD_NAMES,    /* a name that is empty, does not end, or cannot be printed */
    MODEL_BLOB_BAD_TREES,    /* tables that do not fill their section, a feature or a child out of range */
    MODEL_BLOB_BAD_LEAVES,   /* a leaf without a row */
    MODEL_BLOB_BAD_ROWS,     /* rows that do not fill their section, shares that do not sum to one, a sum that could overflow */
    MODEL_BLOB_BAD_LINK      /* a link that does not fill its section, or whose arithmetic could overflow */
} model_blob_status_t;

/* A loaded model: what model_t's `content` points to. */
typedef struct {
    model_t model;
    const uint8_t *counts; /* splits of each tree; NULL in a linear model */
    const uint8_t *splits;
    const uint8_t *leaves;
    const uint8_t *first;  /* what sums begin with; NULL where trees vote */
    const uint8_t *rows;   /* of shares, of values, or of weights */
    const uint8_t *shifts; /* of a linear model */
    const uint8_t *layers; /* the first; NULL where there are none */
    compact_logs_t logs;   /* `limit` is 0 where there is no link */
    int32_t offset;
    uint32_t one; /* of votes; of a linear model, n_used */
    uint32_t slack;
    uint16_t n_trees;
    uint8_t split_bytes;
    uint8_t leaf_bytes;
    uint8_t row_bytes; /* of a share or a value */
    uint8_t n_sums;    /* 0 where trees vote */
    uint8_t groups;
    uint8_t n_layers;
} model_blob_t;

static inline uint16_t model_blob_u16(const uint8_t *at)
{
    return (uint16_t)(at[0] | (uint16_t)((uint16_t)at[1] << 8));
}

static inline uint32_t model_blob_u32(const uint8_t *at)
{
    return model_blob_u16(at) | (uint32_t)model_blob_u16(at + 2) << 16;
}

/* A number of 1, 2 or 4 bytes. */
static inline uint32_t model_blob_number(const uint8_t *at, uint8_t bytes)
{
    return bytes == 1 ? *at : bytes == 2 ? model_blob_u16(at) : model_blob_u32(at);
}

/* A value of 2 or 4 bytes. */
static inline int32_t model_blob_value(const uint8_t *at, uint8_t bytes)
{
    return bytes == 2 ? (int16_t)model_blob_u16(at) : (int32_t)model_blob_u32(at);
}

/* The CRC-32 that stands in the header: of `n` bytes. Reflected polynomial EDB88320, initial value and final xor FFFFFFFF. */
uint32_t model_blob_crc(const uint8_t *bytes, uint32_t n);

/* The section of `type`, or NULL where a good blob has none. */
const uint8_t *model_blob_section(const uint8_t *bytes, model_blob_section_t type);

/* Whether `n` bytes are a model that can be asked anything: every offset, feature, leaf and row in range, and no walk without an end.
 * It reads nothing beyond the n bytes, whatever they hold, does not call itself, and takes time in proportion to n and the sums.
 *
 * Why no walk loops or leaves its tree. Take a tree of n splits, a split at place p < n, link k. The checker holds each split to:
 * k >= 1; p + 1 < n where the left child is no leaf; p + k < n where the right child is none, else p + k <= n. A walk goes
 * from p to p + 1 or to p + k: places grow and stay below n, so that it ends after at most n splits. Its leaf number
 * starts at 0, grows by k whenever p does, and so is never above p; at the end it is at most p + k <= n, one of the tree's n + 1 leaves.
 * Features are below n_features, each leaf below the number of rows: nothing else is read with a number from the blob. Blobs that are no
 * trees can pass; they answer, in bounds and time. */
model_blob_status_t model_blob_check(const uint8_t *bytes, uint32_t n);

/* Makes `self` the model of a blob that model_blob_check found good; the blob stays where it is as long as it is asked. Where constants lie in an
 * address space of their own, model_t cannot point to RAM: it then has the facts alone, without names and functions. */
void model_blob_open(model_blob_t *self, const uint8_t *bytes);

/* What an open model answers, where it has that answer.
 * Format:   classify as model_classify_t, regress as model_regress_t, score as model_score_t.
 * Scaling:  exact: votes are whole multiples of 1/one, sums are of the rows' integers, rounded down by a linear model's shift; probabilities
 *           are rounded from the votes' upper 24 bits, from sums they are compact_soft's, and a score is compact_exp2's.
 * Overflow: none for any features: votes and slack stay below 2^32. For each sum, |first| and the largest |value| of each tree, or |bias| and
 *           32768 · |weights|, are together below 2^31, of hidden layers too; 2^15 + |offset| is too; all of which the checker proves. */
uint8_t model_blob_classify(const model_blob_t *self, const int16_t *features, uint8_t *proba);
void model_blob_regress(const model_blob_t *self, const int16_t *features, int32_t *outputs);
int32_t model_blob_score(const model_blob_t *self, const int16_t *features);

#endif
