/* Words, numbers and base64 as the protocol's text has them; nothing of the code under test. */
#ifndef SHADOW_WORDS_H
#define SHADOW_WORDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct {
    const char *at;
    size_t n;
} shadow_word_t;

enum { SHADOW_WORDS = 5 }; /* one more than any command has */

/* Words parted by exactly one space; 0 when one is empty. */
size_t shadow_split(const char *text, size_t n, shadow_word_t words[SHADOW_WORDS]);

bool shadow_is(shadow_word_t word, const char *what);
bool shadow_parse(shadow_word_t word, int64_t low, int64_t high, int64_t *value);

/* RFC 4648, section 4: by counting in its alphabet. Returns the bytes, or -1. */
int shadow_decode(shadow_word_t word, uint8_t *to);

#endif
