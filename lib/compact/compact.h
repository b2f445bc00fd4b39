/* Our engine for tree ensembles: four bytes a split, none a leaf but its row, every table in ROM.
 *
 * orchestrator/convert/compact.py writes the tables. A tree's splits lie in preorder: the left child follows its parent,
 * the right one is `skip` further on. A subtree of s splits has s + 1 leaves, and `skip` is s + 1 for the left subtree,
 * so the same number steps over its splits and its leaves, and no split names a leaf.
 */
#ifndef COMPACT_H
#define COMPACT_H

#include <stdint.h>

#include "model.h"

enum {
    COMPACT_FEATURE = 0x3F,    /* mask: which feature is compared */
    COMPACT_LEFT_LEAF = 0x40,  /* the left child is a leaf */
    COMPACT_RIGHT_LEAF = 0x80, /* the right child is a leaf */
    COMPACT_NO_SPLIT = 0xFFFF, /* a tree that is one leaf */
    COMPACT_ONE = 128          /* what the proportions of a leaf sum to */
};

typedef struct {
    int16_t threshold;     /* left if the feature is at most this */
    uint8_t feature_flags; /* the enum above */
    uint8_t skip;          /* leaves of the left subtree, 1 … 255 */
} compact_node_t;

typedef struct {
    uint16_t node; /* the root's index, COMPACT_NO_SPLIT where there is none */
    uint16_t leaf; /* the first leaf's index */
} compact_tree_t;

typedef struct {
    const ROM compact_node_t *nodes;
    const ROM compact_tree_t *trees;
    /* A row for each leaf: proportions in 128ths of every class but the last, which has what is missing to 128. */
    const ROM uint8_t *leaves;
    uint16_t n_trees; /* 1 … 500: the votes of all fit 16 bits */
} compact_forest_t;

/* See model_classify_t; `self->content` is a compact_forest_t in ROM. */
uint8_t compact_classify(const ROM model_t *self, const int16_t *features, uint8_t *proba);

#endif
