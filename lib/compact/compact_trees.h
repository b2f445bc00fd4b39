/* Decision trees in ROM: splits of 3, 4 or 6 bytes in preorder, none a leaf.
 *
 * orchestrator/convert/compact/packing.py writes the tables. The left child of a split follows it; the right one is as many splits
 * further on as the left subtree has leaves, of which there is one where the left child is a leaf. `head` is feature · 4 and the two flags below. A tree that is one leaf gets a split with
 * twice the same leaf. Two forms: in one, `link` of a split with a leaf says which one it is (`compact_trees_last` and compact_votes.h); in the
 * other `link` is always the left subtree's number of leaves, and the same number steps over its splits and its leaves, so that
 * leaves are found by counting (`compact_trees_place`).
 *
 * `bytes` is a constant, 3, 4 or 6: each model's code is made for its own tables.
 */
#ifndef COMPACT_TREES_H
#define COMPACT_TREES_H

#include <stddef.h>
#include <stdint.h>

#include "cpu.h"
#include "rom.h"

enum {
    COMPACT_LEFT_LEAF = 1,  /* the left child is a leaf */
    COMPACT_RIGHT_LEAF = 2, /* the right child is a leaf */
    COMPACT_FLAGS = 2       /* bits below the feature */
};

/* Left if the feature is at most `threshold`. */
typedef struct {
    uint8_t head; /* up to 64 features */
    uint8_t threshold;
    uint8_t link;
} compact_node3_t;

typedef struct {
    int16_t threshold;
    uint8_t head; /* up to 64 features */
    uint8_t link;
} compact_node4_t;

typedef struct {
    int16_t threshold;
    uint16_t head; /* up to 16,384 features */
    uint16_t link;
} compact_node6_t;

static INLINE uint_fast16_t compact_trees_head(const ROM uint8_t *node, uint8_t bytes)
{
    return bytes == 3   ? ((const ROM compact_node3_t *)(const ROM void *)node)->head
           : bytes == 4 ? ((const ROM compact_node4_t *)(const ROM void *)node)->head
                        : ((const ROM compact_node6_t *)(const ROM void *)node)->head;
}

static INLINE uint_fast16_t compact_trees_link(const ROM uint8_t *node, uint8_t bytes)
{
    return bytes == 3   ? ((const ROM compact_node3_t *)(const ROM void *)node)->link
           : bytes == 4 ? ((const ROM compact_node4_t *)(const ROM void *)node)->link
                        : ((const ROM compact_node6_t *)(const ROM void *)node)->link;
}

static INLINE int16_t compact_trees_threshold(const ROM uint8_t *node, uint8_t bytes)
{
    return bytes == 3   ? ((const ROM compact_node3_t *)(const ROM void *)node)->threshold
           : bytes == 4 ? ((const ROM compact_node4_t *)(const ROM void *)node)->threshold
                        : ((const ROM compact_node6_t *)(const ROM void *)node)->threshold;
}

/* The split with the leaf that is reached, from the tree whose first split is `node`; `right` becomes 1 if the leaf is its right child, else 0. */
static INLINE const ROM uint8_t *compact_trees_last(const ROM uint8_t *node, uint8_t bytes, const int16_t *features, uint_fast8_t *right)
{
    for (;;) {
        const uint_fast16_t head = compact_trees_head(node, bytes);
        if (features[head >> COMPACT_FLAGS] <= compact_trees_threshold(node, bytes)) {
            if ((head & COMPACT_LEFT_LEAF) != 0) {
                *right = 0;
                return node;
            }
            node += bytes;
        } else {
            if ((head & COMPACT_RIGHT_LEAF) != 0) {
                *right = 1;
                return node;
            }
            node += (head & COMPACT_LEFT_LEAF) != 0 ? bytes : (size_t)compact_trees_link(node, bytes) * bytes;
        }
    }
}

/* Whether both children of a split are leaves. */
static INLINE int compact_trees_both(const ROM uint8_t *node, uint8_t bytes)
{
    const uint_fast16_t flags = COMPACT_LEFT_LEAF | COMPACT_RIGHT_LEAF;
    return (compact_trees_head(node, bytes) & flags) == flags;
}

/* How many leaves of its tree lie before the one that is reached. */
static INLINE uint_fast16_t compact_trees_place(const ROM uint8_t *node, uint8_t bytes, const int16_t *features)
{
    uint_fast16_t leaf = 0;
    for (;;) {
        const uint_fast16_t head = compact_trees_head(node, bytes);
        if (features[head >> COMPACT_FLAGS] > compact_trees_threshold(node, bytes)) {
            const uint_fast16_t link = compact_trees_link(node, bytes);
            leaf += link;
            if ((head & COMPACT_RIGHT_LEAF) != 0) {
                return leaf;
            }
            node += (size_t)link * bytes;
        } else {
            if ((head & COMPACT_LEFT_LEAF) != 0) {
                return leaf;
            }
            node += bytes;
        }
    }
}

/* Puts features on the lines of a model's thresholds, which for feature i are at `firsts[i]` + k · 2^`shifts[i]`, k from 0 to 255: `lines[i]`
 * is the number of the first line that is not below the feature, 0 … 256, so that the feature is at most line k exactly where
 * `lines[i]` is at most k. Overflow: none; a difference of two int16 less 1 is −65536 … 65534, in int32; shifts are at most 15. */
static INLINE void compact_trees_lines(const int16_t *features, uint_fast16_t n, const ROM int16_t *firsts,
                                       const ROM uint8_t *shifts, int16_t *lines)
{
    for (uint_fast16_t i = 0; i < n; i++) {
        const int32_t above = (int32_t)features[i] - firsts[i] - 1;
        const int32_t line = (above >> shifts[i]) + 1;
        lines[i] = (int16_t)(line < 0 ? 0 : line > 256 ? 256 : line);
    }
}

#endif
