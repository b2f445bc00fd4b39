/* What a program of this folder is: `bits` calls functions of lib/dsp on inputs that are hard, and tells what they wrote.
 * dsp_bits_test.py runs each on every core and compares what was told, bit for bit, with the host. */
#ifndef BITS_H
#define BITS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* True on a chip with 2 kB of RAM: tell less there, never other things. Nothing that is told on a large chip alone may
 * come before what is told on both, since the small chip's must be the start of the other's. */
bool bits_small(void);

void bits(void);

/* Adds so many bytes to the CRC of what was told. Integers only, never structs: their padding differs. */
void tell(const void *bytes, size_t size);

/* Ends one case: its CRC is printed. */
void told(void);

/* The inputs: silence, the two ends of int16, noise at full scale and 64 times smaller, a square wave between the ends,
 * one impulse, a sine sweep at full scale. */
enum { SILENCE, HIGHEST, LOWEST, NOISE, FAINT, SQUARE, IMPULSE, SWEEP, KINDS };

void fill(int16_t x[], uint16_t n, uint8_t kind);

/* The next pseudo-random number, the same on every core. */
uint32_t random_bits(void);

#endif
