/* Words, numbers and base64 as the protocol's text has them. */
#include "shadow_words.h"

#include <string.h>

size_t shadow_split(const char *text, size_t n, shadow_word_t words[SHADOW_WORDS])
{
    size_t count = 0;
    size_t start = 0;
    for (size_t i = 0; i <= n; i++) {
        if (i == n || text[i] == ' ') {
            if (i == start) {
                return 0;
            }
            if (count < SHADOW_WORDS) {
                words[count++] = (shadow_word_t){text + start, i - start};
            }
            start = i + 1;
        }
    }
    return count;
}

bool shadow_is(shadow_word_t word, const char *what)
{
    return word.n == strlen(what) && memcmp(word.at, what, word.n) == 0;
}

bool shadow_parse(shadow_word_t word, int64_t low, int64_t high, int64_t *value)
{
    size_t i = low < 0 && word.n > 0 && word.at[0] == '-' ? 1 : 0;
    const bool negative = i == 1;
    int64_t sum = 0;
    if (i == word.n) {
        return false;
    }
    for (; i < word.n; i++) {
        if (word.at[i] < '0' || word.at[i] > '9') {
            return false;
        }
        sum = sum * 10 + (word.at[i] - '0');
        if (sum > UINT32_MAX) {
            return false;
        }
    }
    *value = negative ? -sum : sum;
    return *value >= low && *value <= high;
}

int shadow_decode(shadow_word_t word, uint8_t *to)
{
    static const char ALPHABET[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    static int8_t value_of[256];
    if (value_of[0] == 0) {
        memset(value_of, -1, sizeof value_of);
        for (int8_t i = 0; i < 64; i++) {
            value_of[(uint8_t)ALPHABET[i]] = i;
        }
    }
    size_t digits = word.n;
    while (digits > 0 && word.at[digits - 1] == '=') {
        digits--;
    }
    if (word.n % 4 != 0 || word.n - digits > 2) {
        return -1;
    }
    unsigned bits = 0;
    unsigned held = 0;
    int n = 0;
    for (size_t i = 0; i < digits; i++) {
        const int value = value_of[(uint8_t)word.at[i]];
        if (value < 0) {
            return -1;
        }
        held = (held << 6 | (unsigned)value) & 0xFFFFFU;
        bits += 6;
        if (bits >= 8) {
            bits -= 8;
            to[n++] = (uint8_t)(held >> bits);
        }
    }
    return (held & ((1U << bits) - 1U)) == 0 ? n : -1;
}
