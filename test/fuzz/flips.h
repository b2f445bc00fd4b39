/* Single and double bit flips of lines that change state. */
#ifndef FLIPS_H
#define FLIPS_H

#include <stdint.h>

/* Returns 0 when none of `count` spoilt lines was accepted. */
int flips(uint64_t seed, uint64_t count, int64_t only);

#endif
