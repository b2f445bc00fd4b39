/* The class that everywhereml wrote; it reads floats and asks an Arduino for the time, which takes nothing here. */
#include "case.h"

#include <stddef.h>

static inline uint32_t micros(void) { return 0; }

#include "peer.h"

extern "C" {
FEATURE features[N];
ANSWER answer;
void setup(void);
void run(void);
}

static Model model;

void setup(void) {}

void run(void) { answer = model.predict(features); }
