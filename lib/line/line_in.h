/* Lines in: bytes to whole lines, the CRC check, words, numbers and base64. */
#ifndef LINE_IN_H
#define LINE_IN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What line_in_push found. Anything but MORE ends a line; every fault swallows the line whole. */
typedef enum {
    LINE_MORE,    /* no line is complete */
    LINE_READY,   /* `text` holds a line, ended by NUL */
    LINE_LONG,    /* a line was longer than the buffer */
    LINE_GARBLED  /* a line held a byte that is not printable ASCII */
} line_in_status_t;

/* The buffer is the caller's: `bytes` of it hold a line with its LF. A CR before the LF is dropped; an empty line is
 * no line. */
typedef struct {
    char *text;
    uint16_t bytes; /* ≥ 2 */
    uint16_t n;     /* bytes of the line so far */
    uint8_t fault;  /* line_in_status_t of the line so far */
    bool cr;        /* the last byte was a CR */
} line_in_t;

void line_in_init(line_in_t *self, char *text, uint16_t bytes);
line_in_status_t line_in_push(line_in_t *self, uint8_t byte);

typedef enum {
    LINE_CRC_NONE, /* no CRC was given */
    LINE_CRC_GOOD, /* it was right; it is cut off the text */
    LINE_CRC_BAD   /* it was wrong, or a `*` stands anywhere but before four last hex digits */
} line_crc_status_t;

/* Checks and cuts off ` *XXXX`, upper-case hex, CRC-16/CCITT-FALSE over the bytes before it. */
line_crc_status_t line_in_crc(char *text);

/* Takes the next word off `*cursor`: words are parted by exactly one space. NULL when the text is used up or a word
 * is empty; then `*cursor` is NULL as well if and only if the text ended properly. */
char *line_in_word(char **cursor);

/* Decimal digits, for line_in_i16 with an optional leading `-`; false on anything else or out of range. */
bool line_in_u32(const char *word, uint32_t *value);
bool line_in_i16(const char *word, int16_t *value);

/* Standard base64 (RFC 4648, section 4) with padding and zero trailing bits, decoded to `to`, which may be the start
 * of the buffer that `word` lies in. Returns the number of bytes, or -1 when it is not that. */
int32_t line_in_base64(const char *word, uint8_t *to);

#endif
