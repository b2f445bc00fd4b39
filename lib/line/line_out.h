/* Lines out: one JSON object a line, ASCII, at most 200 bytes with its line end, the last member its CRC. */
#ifndef LINE_OUT_H
#define LINE_OUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "rom.h"

enum { LINE_OUT_BYTES = 200 };

/* Bytes go out as they are made, so no line is ever held in RAM. A member that would not leave room for the CRC is
 * left out whole and `cut` is set: the line stays valid. */
typedef struct {
    void (*write)(void *context, const uint8_t *bytes, size_t n);
    void *context;
    uint16_t crc; /* over what was written of the current line */
    uint8_t n;    /* bytes written of the current line */
    bool cut;     /* a member did not fit, in any line since line_out_init */
} line_out_t;

void line_out_init(line_out_t *self, void (*write)(void *context, const uint8_t *bytes, size_t n), void *context);

/* Opens a line: {"ev":"<event>". `event`, names and texts are printable ASCII without quote or backslash. */
void line_out_begin(line_out_t *self, const ROM char *event);
void line_out_u32(line_out_t *self, const ROM char *name, uint32_t value);
void line_out_i32(line_out_t *self, const ROM char *name, int32_t value);
/* `digits` hex digits (1 … 8) as a string, upper case or lower. */
void line_out_hex(line_out_t *self, const ROM char *name, uint32_t value, uint8_t digits, bool upper);
void line_out_text(line_out_t *self, const ROM char *name, const ROM char *text);
/* Closes the line: ,"crc":"XXXX"} and the line end. */
void line_out_end(line_out_t *self);

#endif
