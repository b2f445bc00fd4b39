/* Walks the trees of compact.h and counts their votes; the one C file that includes the generated tables. */
#include "compact.h"

#include "compact_models.h" /* COMPACT_CLASSES, and the model that it is about */

static const ROM uint8_t *leaf_of(const ROM compact_forest_t *forest, uint16_t tree, const int16_t *features)
{
    const ROM compact_tree_t *root = &forest->trees[tree];
    uint16_t leaf = root->leaf;
    if (root->node != COMPACT_NO_SPLIT) {
        const ROM compact_node_t *node = &forest->nodes[root->node];
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
    return forest->leaves + (uint32_t)leaf * (COMPACT_CLASSES - 1U);
}

uint8_t compact_classify(const ROM model_t *self, const int16_t *features, uint8_t *proba)
{
    const ROM compact_forest_t *forest = self->content;
    const uint16_t n_trees = forest->n_trees;
    const uint16_t all = (uint16_t)(COMPACT_ONE * n_trees);
    uint16_t votes[COMPACT_CLASSES] = {0};
    uint16_t last = all;
    for (uint16_t tree = 0; tree < n_trees; tree++) {
        const ROM uint8_t *row = leaf_of(forest, tree, features);
        for (uint8_t c = 0; c + 1 < COMPACT_CLASSES; c++) {
            votes[c] = (uint16_t)(votes[c] + row[c]);
            last = (uint16_t)(last - row[c]);
        }
    }
    votes[COMPACT_CLASSES - 1] = last;
    uint8_t answer = 0;
    for (uint8_t c = 0; c < COMPACT_CLASSES; c++) {
        proba[c] = (uint8_t)((votes[c] * 255UL + all / 2U) / all);
        if (votes[c] > votes[answer]) {
            answer = c;
        }
    }
    return answer;
}
