/* What a model answers to rows that are hard, for model_bits_test.py: dsp_bits/ has the frame around it. */
#include "bits.h"

#include "subject.h"

enum { ROWS = 60, SMALL_ROWS = 12, FEATURES_MAX = 64, ANSWERS_MAX = 16 };

/* One of: a row within the range that was learned, one at the ends of int16, one anywhere. */
static void row(int16_t features[], uint16_t n, uint8_t kind)
{
    for (uint16_t i = 0; i < n; i++) {
        const uint32_t bits = random_bits();
        switch (kind % 4u) {
        case 0: features[i] = (int16_t)(bits & 0xFu); break;
        case 1: features[i] = (int16_t)((int32_t)(bits & 0x7FFu) - 1024); break;
        case 2: features[i] = (bits & 1u) != 0u ? INT16_MAX : INT16_MIN; break;
        default: features[i] = (int16_t)((int32_t)(bits & 0xFFFFu) - 32768); break;
        }
    }
}

void bits(void)
{
    int16_t features[FEATURES_MAX];
    uint8_t proba[ANSWERS_MAX];
    int32_t outputs[ANSWERS_MAX];
    const subject_t model = subject();
    const uint8_t rows = bits_small() ? SMALL_ROWS : ROWS;
    for (uint8_t r = 0; r < rows; r++) {
        row(features, model.n_features, r);
        if (model.classifies) {
            const uint8_t answer = subject_classify(features, proba);
            const uint8_t alone = subject_classify(features, NULL);
            tell(&answer, sizeof answer);
            tell(&alone, sizeof alone);
            tell(proba, model.n_classes);
        }
        if (model.regresses) {
            subject_regress(features, outputs);
            tell(outputs, model.n_outputs * sizeof outputs[0]);
        }
        if (model.scores) {
            outputs[0] = subject_score(features);
            tell(outputs, sizeof outputs[0]);
        }
        told();
    }
}
