/* A converted model as firmware asks it: through its model_t, for the class without probabilities. */
#include "case.h"

#include "trial_model.h"

FEATURE features[N];
ANSWER answer;

void setup(void) {}

void run(void)
{
#if defined(REGRESS)
    trial_model.regress(&trial_model, features, &answer);
#elif defined(SCORE)
    answer = trial_model.score(&trial_model, features);
#else
    answer = trial_model.classify(&trial_model, features, NULL);
#endif
}
