/* A model that a conversion wrote. */
#include "subject.h"

#include "trial_model.h"

subject_t subject(void)
{
    const ROM model_t *const model = &trial_model;
    return (subject_t){model->n_features,       model->n_classes,       model->n_outputs,
                       model->classify != NULL, model->regress != NULL, model->score != NULL};
}

uint8_t subject_classify(const int16_t *features, uint8_t *proba)
{
    return trial_model.classify(&trial_model, features, proba);
}

void subject_regress(const int16_t *features, int32_t *outputs)
{
    trial_model.regress(&trial_model, features, outputs);
}

int32_t subject_score(const int16_t *features)
{
    return trial_model.score(&trial_model, features);
}
