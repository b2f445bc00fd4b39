/* Lines in. Everything here faces bytes that nobody vouches for: strict, bounded, and silent about nothing. */
#include "line_in.h"

#include <string.h>

#include "line_crc.h"

enum { CRC_BYTES = 6 }; /* a space, the star, four digits */

void line_in_init(line_in_t *self, char *text, uint16_t bytes)
{
    *self = (line_in_t){.text = text, .bytes = bytes, .fault = LINE_MORE};
}

static line_in_status_t finish(line_in_t *self)
{
    const uint8_t fault = self->fault;
    const uint16_t n = self->n;
    self->n = 0;
    self->cr = false;
    self->fault = LINE_MORE;
    if (fault != LINE_MORE) {
        return (line_in_status_t)fault;
    }
    self->text[n] = '\0';
    return n > 0 ? LINE_READY : LINE_MORE;
}

line_in_status_t line_in_push(line_in_t *self, uint8_t byte)
{
    if (byte == '\n') {
        return finish(self);
    }
    if (self->fault != LINE_MORE) {
        return LINE_MORE;
    }
    if (self->cr) { /* a CR that no LF follows */
        self->fault = LINE_GARBLED;
    } else if (byte == '\r') {
        self->cr = true;
    } else if (byte < 0x20 || byte > 0x7E) {
        self->fault = LINE_GARBLED;
    } else if (self->n + 1U >= self->bytes) {
        self->fault = LINE_LONG;
    } else {
        self->text[self->n++] = (char)byte;
    }
    return LINE_MORE;
}

/* Upper case only: a lower-case digit is one flipped bit away from it, and must not pass for it. */
static int8_t hex_digit(char c)
{
    if (c >= '0' && c <= '9') {
        return (int8_t)(c - '0');
    }
    if (c >= 'A' && c <= 'F') {
        return (int8_t)(c - 'A' + 10);
    }
    return -1;
}

line_crc_status_t line_in_crc(char *text)
{
    const char *star = strchr(text, '*');
    if (star == NULL) {
        return LINE_CRC_NONE;
    }
    const size_t n = strlen(text);
    if (n <= CRC_BYTES || star != text + n - CRC_BYTES + 1 || star[-1] != ' ') {
        return LINE_CRC_BAD;
    }
    uint16_t said = 0;
    for (uint8_t i = 1; i <= 4; i++) {
        const int8_t digit = hex_digit(star[i]);
        if (digit < 0) {
            return LINE_CRC_BAD;
        }
        said = (uint16_t)((uint16_t)(said << 4) | (uint16_t)digit);
    }
    if (line_crc(LINE_CRC_START, text, n - CRC_BYTES) != said) {
        return LINE_CRC_BAD;
    }
    text[n - CRC_BYTES] = '\0';
    return LINE_CRC_GOOD;
}

char *line_in_word(char **cursor)
{
    char *word = *cursor;
    if (word == NULL || *word == '\0' || *word == ' ') {
        return NULL;
    }
    char *space = strchr(word, ' ');
    if (space == NULL) {
        *cursor = NULL;
    } else {
        *space = '\0';
        *cursor = space + 1;
    }
    return word;
}

bool line_in_u32(const char *word, uint32_t *value)
{
    uint32_t sum = 0;
    if (*word == '\0') {
        return false;
    }
    for (; *word != '\0'; word++) {
        if (*word < '0' || *word > '9') {
            return false;
        }
        const uint32_t digit = (uint32_t)(*word - '0');
        if (sum > (UINT32_MAX - digit) / 10U) {
            return false;
        }
        sum = sum * 10U + digit;
    }
    *value = sum;
    return true;
}

bool line_in_i16(const char *word, int16_t *value)
{
    const bool negative = *word == '-';
    uint32_t magnitude = 0;
    if (!line_in_u32(negative ? word + 1 : word, &magnitude) || magnitude > (negative ? 32768U : 32767U)) {
        return false;
    }
    *value = (int16_t)(negative ? -(int32_t)magnitude : (int32_t)magnitude);
    return true;
}

static int8_t base64_digit(char c)
{
    if (c >= 'A' && c <= 'Z') {
        return (int8_t)(c - 'A');
    }
    if (c >= 'a' && c <= 'z') {
        return (int8_t)(c - 'a' + 26);
    }
    if (c >= '0' && c <= '9') {
        return (int8_t)(c - '0' + 52);
    }
    return c == '+' ? 62 : c == '/' ? 63 : -1;
}

int32_t line_in_base64(const char *word, uint8_t *to)
{
    const size_t n = strlen(word);
    if (n == 0 || n % 4 != 0) {
        return -1;
    }
    const uint8_t pad = (uint8_t)((word[n - 1] == '=') + (word[n - 1] == '=' && word[n - 2] == '='));
    uint8_t *at = to;
    for (size_t i = 0; i < n; i += 4) {
        const uint8_t padded = i + 4 == n ? pad : 0;
        uint32_t group = 0;
        for (uint8_t k = 0; k < 4; k++) {
            const int8_t digit = k >= 4 - padded ? 0 : base64_digit(word[i + k]);
            if (digit < 0) {
                return -1;
            }
            group = (group << 6) | (uint8_t)digit;
        }
        if ((padded == 1 && (group & 0xFFU) != 0) || (padded == 2 && (group & 0xFFFFU) != 0)) {
            return -1; /* bits that no byte carries must be zero: one text for one value */
        }
        *at++ = (uint8_t)(group >> 16);
        if (padded < 2) {
            *at++ = (uint8_t)(group >> 8);
        }
        if (padded < 1) {
            *at++ = (uint8_t)group;
        }
    }
    return (int32_t)(at - to);
}
