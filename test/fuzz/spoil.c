/* Flips, lost, doubled and inserted bytes, splices, numbers at their limits, line ends where none belong. */
#include "spoil.h"

#include <string.h>

static size_t insert(uint8_t *at, size_t n, size_t where, const void *bytes, size_t count)
{
    if (n + count > SPOILT_BYTES) {
        return n;
    }
    memmove(at + where + count, at + where, n - where);
    memcpy(at + where, bytes, count);
    return n + count;
}

static size_t cut(uint8_t *at, size_t n, size_t where, size_t count)
{
    count = count < n - where ? count : n - where;
    memmove(at + where, at + where + count, n - where - count);
    return n - count;
}

static size_t insert_text(dice_t *d, uint8_t *at, size_t n, const char *const *texts, uint32_t count)
{
    const char *text = texts[dice(d, count)];
    return insert(at, n, dice(d, (uint32_t)n + 1), text, strlen(text));
}

static size_t number(dice_t *d, uint8_t *at, size_t n)
{
    static const char *const LIMITS[] = {
        "0", "1", "2", "4", "255", "256", "32767", "32768", "65535", "65536", "2147483647", "2147483648", "4294967295",
        "4294967296", "42949672950", "99999999999999999999", "-1", "-0", "-", "-32768", "-32769", "00000000000001", "+1", "0x1", "1e1", ""};
    uint8_t other[24];
    size_t where = dice(d, (uint32_t)n);
    while (where < n && (at[where] < '0' || at[where] > '9')) {
        where++;
    }
    size_t digits = 0;
    while (where + digits < n && digits < sizeof other && at[where + digits] >= '0' && at[where + digits] <= '9') {
        digits++;
    }
    if (digits == 0) {
        return n;
    }
    n = cut(at, n, where, digits);
    const char *limit = LIMITS[dice(d, sizeof LIMITS / sizeof LIMITS[0])];
    return insert(at, n, where, limit, strlen(limit));
}

/* To around the longest line that is taken, or far beyond it. */
static size_t stretch(dice_t *d, uint8_t *at, size_t n)
{
    const size_t aim = dice(d, 2) == 0 ? NODE_LINE_BYTES - 10 + dice(d, 12) : NODE_LINE_BYTES + dice(d, NODE_LINE_BYTES);
    const size_t where = dice(d, (uint32_t)n);
    uint8_t run[2 * NODE_LINE_BYTES];
    if (aim <= n || aim - n > sizeof run) {
        return n;
    }
    memset(run, at[where], aim - n);
    return insert(at, n, where, run, aim - n);
}

/* Every line end becomes a carriage return, a lost one, or a doubled one. */
static size_t line_end(dice_t *d, uint8_t *at, size_t n)
{
    static const char *const ENDS[] = {"\n", "\r", "\r\n", "\n\r", "\r\r", "\n\n", "\r\r\n"};
    if (n > 0 && at[n - 1] == '\n' && dice(d, 2) == 0) {
        const char *end = ENDS[dice(d, 7)];
        return insert(at, n - 1, n - 1, end, strlen(end));
    }
    return insert_text(d, at, n, ENDS, 7);
}

static size_t spoil_once(dice_t *d, const past_t *past, uint8_t *at, size_t n)
{
    static const char *const WORDS[] = {" ", "  ", "*", " *", " *0000", "=", "==", "\t", "\"", "\\", "{", "feed 0 ", "reset", " chip", "-"};
    const uint8_t byte = (uint8_t)dice(d, 256);
    if (n == 0) {
        return insert(at, n, 0, &byte, 1);
    }
    const size_t where = dice(d, (uint32_t)n);
    uint8_t copy[16];
    switch (dice(d, 16)) {
    case 0:
    case 1:
    case 2: at[where] ^= (uint8_t)(1U << dice(d, 8)); return n;
    case 3: at[where] = byte; return n;
    case 4: return insert(at, n, where, &byte, 1);
    case 5: return cut(at, n, where, 1);
    case 6: return cut(at, n, where, 1 + dice(d, 16));
    case 7: { /* doubled */
        const size_t count = 1 + dice(d, n - where < 16 ? (uint32_t)(n - where) : 16);
        memcpy(copy, at + where, count);
        return insert(at, n, where, copy, count);
    }
    case 8: return where; /* the rest is lost */
    case 9: return past->n == 0 ? n : insert(at, where, where, past->bytes + past->n / 2, past->n - past->n / 2);
    case 10: return past->n == 0 ? n : insert(at, n, where, past->bytes, dice(d, (uint32_t)past->n + 1));
    case 11: return dice(d, 4) == 0 ? stretch(d, at, n) : n;
    case 12: return line_end(d, at, n);
    case 13: at[where] = dice(d, 2) == 0 ? 0 : (uint8_t)(0x7F + dice(d, 0x81)); return n;
    case 14: return insert_text(d, at, n, WORDS, sizeof WORDS / sizeof WORDS[0]);
    default: return number(d, at, n);
    }
}

size_t spoil(dice_t *d, const past_t *past, uint8_t *at, size_t n)
{
    for (uint32_t times = 1 + dice(d, 8) / 5 + dice(d, 8) / 7; times > 0; times--) {
        n = spoil_once(d, past, at, n);
    }
    return n;
}
