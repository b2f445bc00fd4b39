/* The one C file that includes emlearn's headers: it walks emlearn's trees and counts their votes in integers. */
#include <eml_trees.h>
#include <stddef.h>

#include "model.h"

enum { LEAF_ONE = 128 }; /* a leaf's proportions are multiples of 1/128 and sum to it: orchestrator/convert/ensemble.py */

/* emlearn's own voting divides and sums in float, which is slow without an FPU and breaks ties by rounding. The same
 * vote in integers is exact: the sum of at most 500 trees' 128ths fits uint16. */
static uint8_t emlearn_classify(const ROM model_t *self, const int16_t *features, uint8_t *proba)
{
    const EmlTrees *forest = self->content;
    const uint8_t n_classes = (uint8_t)forest->n_classes;
    uint16_t votes[EMTREES_MAX_CLASSES] = {0};
    for (int32_t i = 0; i < forest->n_trees; i++) {
        const int32_t leaf = eml_trees_predict_tree(forest, forest->tree_roots[i], features, forest->n_features);
        const uint8_t *row = forest->leaves + leaf * n_classes;
        for (uint8_t c = 0; c < n_classes; c++) {
            votes[c] = (uint16_t)(votes[c] + row[c]);
        }
    }
    const uint32_t all = (uint32_t)LEAF_ONE * (uint32_t)forest->n_trees;
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

#include "emlearn_models.h"
