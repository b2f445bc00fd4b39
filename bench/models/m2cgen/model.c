/* What m2cgen wrote: double throughout. The class is the place of the largest value, or the sign of one. */
#include "case.h"

#include "peer.h"

FEATURE features[N];
ANSWER answer;

void setup(void) {}

void run(void)
{
#if SCORES == 1
    const double value = score(features);
    answer = CLASSES == 2 ? value > 0.0 : (ANSWER)value;
#else
    double values[SCORES];
    score(features, values);
    int best = 0;
    for (int i = 1; i < SCORES; i++) {
        best = values[i] > values[best] ? i : best;
    }
    answer = best;
#endif
}
