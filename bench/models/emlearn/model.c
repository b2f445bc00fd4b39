/* What emlearn wrote, with the words that its generated code leaves to the caller. */
#include "case.h"

#include <stdbool.h>
#include <stddef.h>

#include "peer.h"

FEATURE features[N];
ANSWER answer;

void setup(void) {}

#if defined(ITEMS)
static EmlNeighborsDistanceItem distances[ITEMS];

void run(void)
{
    int16_t label = -1;
    (void)eml_neighbors_predict(&m, features, N, distances, ITEMS, &label);
    answer = label;
}
#elif defined(COMPONENTS)
void run(void)
{
    float of[COMPONENTS]; /* without the density, which m_score adds and the choice needs not */
    (void)eml_mixture_predict_log_proba(&m_model, features, N, of);
    int best = 0;
    for (int i = 1; i < COMPONENTS; i++) {
        best = of[i] > of[best] ? i : best;
    }
    answer = best;
}
#elif defined(INSIDE)
void run(void) { answer = eml_elliptic_envelope_predict(&m_classifier, features, N, NULL) == 0; }
#else
void run(void) { answer = m_predict(features, N); }
#endif
