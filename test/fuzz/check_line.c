/* At most 200 bytes of printable ASCII that are one flat JSON object (RFC 8259), its last member the CRC. */
#include "check_line.h"

#include <string.h>

#include "shadow.h"

enum { LINE_BYTES = 200, TAIL_BYTES = 15 };

/* Strings never need an escape. Returns what follows the string, or NULL. */
static const char *string(const char *at, const char *end)
{
    if (at == end || *at != '"') {
        return NULL;
    }
    const char *quote = memchr(at + 1, '"', (size_t)(end - at - 1));
    return quote == NULL || memchr(at, '\\', (size_t)(quote - at)) != NULL ? NULL : quote + 1;
}

static const char *integer(const char *at, const char *end)
{
    at += at < end && *at == '-' ? 1 : 0;
    const char *first = at;
    while (at < end && *at >= '0' && *at <= '9') {
        at++;
    }
    return at == first || (*first == '0' && at - first > 1) ? NULL : at;
}

static const char *object(const char *at, const char *end)
{
    if (at == end || *at != '{') {
        return "it is no object";
    }
    do {
        at = string(at + 1, end);
        if (at == NULL || at == end || *at != ':') {
            return "a member has no name";
        }
        const char *value = at + 1;
        at = string(value, end);
        at = at != NULL ? at : integer(value, end);
        if (at == NULL || at == end) {
            return "a value is neither a string nor an integer";
        }
    } while (*at == ',');
    return *at == '}' && at + 1 == end ? NULL : "it does not end with its object";
}

const char *check_line(const char *line, size_t n)
{
    static const char OPEN[] = ",\"crc\":\"";
    if (n > LINE_BYTES) {
        return "it is longer than 200 bytes";
    }
    for (size_t i = 0; i + 1 < n; i++) {
        if (line[i] < ' ' || line[i] > '~') {
            return "it is not printable ASCII";
        }
    }
    if (n < TAIL_BYTES || memcmp(line + n - TAIL_BYTES, OPEN, sizeof OPEN - 1) != 0) {
        return "its last member is not the CRC";
    }
    unsigned said = 0;
    for (size_t i = n - 7; i < n - 3; i++) {
        const char c = line[i];
        if (!((c >= '0' && c <= '9') || (c >= 'A' && c <= 'F'))) {
            return "its CRC is not in upper-case hex";
        }
        said = said * 16 + (unsigned)(c <= '9' ? c - '0' : c - 'A' + 10);
    }
    if (said != shadow_crc((const uint8_t *)line, n - TAIL_BYTES)) {
        return "its CRC is wrong";
    }
    if (memcmp(line, "{\"ev\":\"", 7) != 0) {
        return "its first member is not ev";
    }
    return object(line, line + n - 1);
}
