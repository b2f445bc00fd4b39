/* Lines out, streamed: each member's length is known before its first byte is written. */
#include "line_out.h"

#include "line_crc.h"

enum {
    TAIL_BYTES = 15,   /* ,"crc":"XXXX"} and the line end */
    NUMBER_BYTES = 11, /* -2147483648 */
    HEX_DIGITS = 8
};

static const ROM char EVENT_OPEN[] = "{\"ev\":\"";
static const ROM char CRC_OPEN[] = ",\"crc\":\"";
static const ROM char HEX_UPPER[] = "0123456789ABCDEF";
static const ROM char HEX_LOWER[] = "0123456789abcdef";

static void put(line_out_t *self, const char *bytes, uint8_t n)
{
    self->crc = line_crc(self->crc, bytes, n);
    self->n = (uint8_t)(self->n + n);
    self->write(self->context, (const uint8_t *)bytes, n);
}

static void put_char(line_out_t *self, char c)
{
    put(self, &c, 1);
}

static void put_rom(line_out_t *self, const ROM char *text)
{
    while (*text != '\0') {
        put_char(self, *text++);
    }
}

static uint8_t rom_length(const ROM char *text)
{
    uint8_t n = 0;
    while (text[n] != '\0') {
        n++;
    }
    return n;
}

/* Writes ,"name": when that and a value of `value_bytes` leave room for the tail. */
static bool open_member(line_out_t *self, const ROM char *name, uint8_t value_bytes)
{
    if ((uint16_t)self->n + rom_length(name) + 4U + value_bytes > LINE_OUT_BYTES - TAIL_BYTES) {
        self->cut = true;
        return false;
    }
    put_char(self, ',');
    put_char(self, '"');
    put_rom(self, name);
    put_char(self, '"');
    put_char(self, ':');
    return true;
}

static void put_hex(line_out_t *self, uint32_t value, uint8_t digits, const ROM char *alphabet)
{
    char text[HEX_DIGITS];
    for (uint8_t i = digits; i > 0; i--) {
        text[i - 1] = alphabet[value & 15U];
        value >>= 4;
    }
    put(self, text, digits);
}

static void put_number(line_out_t *self, const ROM char *name, uint32_t magnitude, bool negative)
{
    char text[NUMBER_BYTES];
    uint8_t at = NUMBER_BYTES;
    do {
        text[--at] = (char)('0' + (char)(magnitude % 10U));
        magnitude /= 10U;
    } while (magnitude > 0U);
    if (negative) {
        text[--at] = '-';
    }
    if (open_member(self, name, (uint8_t)(NUMBER_BYTES - at))) {
        put(self, text + at, (uint8_t)(NUMBER_BYTES - at));
    }
}

void line_out_init(line_out_t *self, void (*write)(void *context, const uint8_t *bytes, size_t n), void *context)
{
    *self = (line_out_t){.write = write, .context = context};
}

void line_out_begin(line_out_t *self, const ROM char *event)
{
    self->crc = LINE_CRC_START;
    self->n = 0;
    put_rom(self, EVENT_OPEN);
    put_rom(self, event);
    put_char(self, '"');
}

void line_out_u32(line_out_t *self, const ROM char *name, uint32_t value)
{
    put_number(self, name, value, false);
}

void line_out_i32(line_out_t *self, const ROM char *name, int32_t value)
{
    const bool negative = value < 0;
    put_number(self, name, negative ? 0U - (uint32_t)value : (uint32_t)value, negative);
}

void line_out_hex(line_out_t *self, const ROM char *name, uint32_t value, uint8_t digits, bool upper)
{
    if (digits > HEX_DIGITS) {
        digits = HEX_DIGITS;
    }
    if (open_member(self, name, (uint8_t)(digits + 2U))) {
        put_char(self, '"');
        put_hex(self, value, digits, upper ? HEX_UPPER : HEX_LOWER);
        put_char(self, '"');
    }
}

void line_out_text(line_out_t *self, const ROM char *name, const ROM char *text)
{
    if (open_member(self, name, (uint8_t)(rom_length(text) + 2U))) {
        put_char(self, '"');
        put_rom(self, text);
        put_char(self, '"');
    }
}

void line_out_end(line_out_t *self)
{
    const uint16_t crc = self->crc;
    put_rom(self, CRC_OPEN);
    put_hex(self, crc, 4, HEX_UPPER);
    put_char(self, '"');
    put_char(self, '}');
    put_char(self, '\n');
}
