/* Random numbers of the two fuzzers of loadable models, the same on every machine: xorshift64* (Vigna 2016, figure 2). */
#ifndef BLOB_DICE_H
#define BLOB_DICE_H

#include <stdint.h>

/* 0 … below - 1. */
static inline uint32_t blob_dice(uint64_t *state, uint32_t below)
{
    *state ^= *state >> 12;
    *state ^= *state << 25;
    *state ^= *state >> 27;
    return (uint32_t)((*state * 2685821657736338717U) >> 33) % below;
}

#endif
