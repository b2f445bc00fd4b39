/* A loaded model, in RAM; a model that its checker refuses has no answers. */
#include "subject.h"

#include "blob.h"
#include "model_blob.h"

static uint8_t bytes[] = BLOB;
static model_blob_t blob;

subject_t subject(void)
{
    if (model_blob_check(bytes, sizeof bytes) != MODEL_BLOB_GOOD) {
        return (subject_t){0, 0, 0, false, false, false};
    }
    model_blob_open(&blob, bytes);
    const uint8_t n_classes = blob.model.n_classes;
    const uint8_t n_outputs = blob.model.n_outputs;
    return (subject_t){blob.model.n_features, n_classes,      n_outputs,
                       n_classes != 0,        n_outputs != 0, n_classes == 0 && n_outputs == 0};
}

uint8_t subject_classify(const int16_t *features, uint8_t *proba)
{
    return model_blob_classify(&blob, features, proba);
}

void subject_regress(const int16_t *features, int32_t *outputs)
{
    model_blob_regress(&blob, features, outputs);
}

int32_t subject_score(const int16_t *features)
{
    return model_blob_score(&blob, features);
}
