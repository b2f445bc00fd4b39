/* What can happen to a line on its way. */
#ifndef SPOIL_H
#define SPOIL_H

#include "generate.h"

enum { SPOILT_BYTES = 2048 }; /* what spoil makes of a line of at most 1024 bytes, at most */

/* One to three changes to the `n` bytes at `at`, which has room for FRAME_BYTES; returns how many bytes it is then. */
size_t spoil(dice_t *d, const past_t *past, uint8_t *at, size_t n);

#endif
