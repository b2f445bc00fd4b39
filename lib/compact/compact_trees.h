/* Tree ensembles: four bytes a split, none a leaf but its row, every table in ROM.
 *
 * orchestrator/convert/compact/trees.py writes the tables. A tree's splits lie in preorder: the left child follows its parent,
 * the right one is `skip` further on. A subtree of s splits has s + 1 leaves, and `skip` is s + 1 for the left subtree,
 * so the same number steps over its splits and its leaves, and no split names a leaf.
 */
#ifndef COMPACT_TREES_H
#define COMPACT_TREES_H

#include <stddef.h>
#include <stdint.h>

#include "cpu.h"
#include "rom.h"

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

/* The leaf of `features` in the tree that `root` begins. */
static INLINE uint16_t compact_trees_leaf(const ROM compact_tree_t *root, const ROM compact_node_t *nodes,
                                          const int16_t *features)
{
    uint16_t leaf = root->leaf;
    if (root->node != COMPACT_NO_SPLIT) {
        const ROM compact_node_t *node = &nodes[root->node];
        for (;;) {
            const uint8_t flags = node->feature_flags;
            if (features[flags & COMPACT_FEATURE] <= node->threshold) {
                if ((flags & COMPACT_LEFT_LEAF) != 0) {
                    break;
                }
                node++;
            } else {
                leaf = (uint16_t)(leaf + node->skip);
                if ((flags & COMPACT_RIGHT_LEAF) != 0) {
                    break;
                }
                node += node->skip;
            }
        }
    }
    return leaf;
}

/* Soft vote of `n_trees` (1 … 500: the votes of all fit 16 bits) over `n_classes`, both constants. `leaves` has a row for each leaf:
 * proportions in 128ths of every class but the last, which has what is missing to 128. `votes` is n_classes of scratch. */
static INLINE uint8_t compact_trees_soft(const ROM compact_tree_t *roots, const ROM compact_node_t *nodes,
                                         const ROM uint8_t *leaves, uint16_t n_trees, uint8_t n_classes,
                                         const int16_t *features, uint16_t *votes, uint8_t *proba)
{
    const uint16_t all = (uint16_t)(COMPACT_ONE * n_trees);
    const uint8_t width = (uint8_t)(n_classes - 1);
    for (uint8_t c = 0; c < width; c++) {
        votes[c] = 0;
    }
    uint16_t last = all;
    for (uint16_t tree = 0; tree < n_trees; tree++) {
        const ROM uint8_t *row = leaves + (uint32_t)compact_trees_leaf(&roots[tree], nodes, features) * width;
        for (uint8_t c = 0; c < width; c++) {
            votes[c] = (uint16_t)(votes[c] + row[c]);
            last = (uint16_t)(last - row[c]);
        }
    }
    votes[width] = last;
    uint8_t answer = 0;
    for (uint8_t c = 0; c < n_classes; c++) {
        if (proba != NULL) {
            proba[c] = (uint8_t)((votes[c] * 255UL + all / 2U) / all);
        }
        if (votes[c] > votes[answer]) {
            answer = c;
        }
    }
    return answer;
}

#endif
