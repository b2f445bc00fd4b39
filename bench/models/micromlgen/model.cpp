/* The class that micromlgen wrote; it reads floats. */
#include "case.h"

#include <math.h>
#include <string.h>

#define abs(x) ((x) > 0 ? (x) : -(x)) /* Arduino's is a macro too */

#include "peer.h"

extern "C" {
FEATURE features[N];
ANSWER answer;
void setup(void);
void run(void);
}

static Eloquent::ML::Port::MODEL model;

void setup(void) {}

void run(void) { answer = model.predict(features); }
