/* Commands as a host would send them, and as nobody should. */
#include "generate.h"

#include <string.h>

#include "spoil.h"

dice_t dice_new(uint64_t seed, uint64_t id)
{
    dice_t self = {seed * 0x9E3779B97F4A7C15U ^ (id + 1) * 0xD1B54A32D192ED03U};
    (void)dice(&self, 2);
    return self;
}

/* Steele, Lea, Flood: "Fast splittable pseudorandom number generators" (2014), SplitMix64. */
uint32_t dice(dice_t *self, uint32_t sides)
{
    uint64_t z = self->state += 0x9E3779B97F4A7C15U;
    z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9U;
    z = (z ^ z >> 27) * 0x94D049BB133111EBU;
    z ^= z >> 31;
    return (uint32_t)((z >> 32) * sides >> 32);
}

static size_t put(uint8_t *to, const char *text)
{
    const size_t n = strlen(text);
    memcpy(to, text, n);
    return n;
}

static size_t put_number(uint8_t *to, uint32_t value)
{
    char digits[10];
    size_t n = 0;
    do {
        digits[n++] = (char)('0' + value % 10);
        value /= 10;
    } while (value > 0);
    for (size_t i = 0; i < n; i++) {
        to[i] = (uint8_t)digits[n - 1 - i];
    }
    return n;
}

static size_t put_base64(uint8_t *to, const uint8_t *bytes, size_t n)
{
    static const char ALPHABET[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    size_t at = 0;
    for (size_t i = 0; i < n; i += 3) {
        const uint32_t group = (uint32_t)bytes[i] << 16 | (i + 1 < n ? (uint32_t)bytes[i + 1] << 8 : 0) |
                               (i + 2 < n ? bytes[i + 2] : 0U);
        to[at++] = (uint8_t)ALPHABET[group >> 18];
        to[at++] = (uint8_t)ALPHABET[group >> 12 & 63];
        to[at++] = i + 1 < n ? (uint8_t)ALPHABET[group >> 6 & 63] : '=';
        to[at++] = i + 2 < n ? (uint8_t)ALPHABET[group & 63] : '=';
    }
    return at;
}

/* Mostly what is wanted; else one of the last ones, one far away, or one around a limit. */
static uint32_t pick_seq(dice_t *d, uint32_t want)
{
    const uint32_t kind = dice(d, 16);
    if (kind < 11) {
        return want;
    }
    if (kind < 13) {
        return want - 1 - dice(d, NODE_WINDOW);
    }
    if (kind < 15) {
        return want + 3 - dice(d, NODE_WINDOW + 7);
    }
    return want + (dice(d, 2) != 0 ? 0x80000000U : dice(d, 0xFFFFFFFFU));
}

static size_t feed(dice_t *d, const shadow_t *now, uint8_t *to)
{
    uint8_t bytes[NODE_LINE_BYTES];
    const uint32_t stream = dice(d, 64) == 0 ? 2 + dice(d, 300) : dice(d, 2);
    const int32_t limit = stream == 0 ? FUZZ_LIMIT_0 : FUZZ_LIMIT_1;
    const uint32_t seq = pick_seq(d, stream < FUZZ_STREAMS ? now->next[stream] : 0);
    size_t n = put(to, "feed ");
    n += put_number(to + n, stream);
    to[n++] = ' ';
    n += put_number(to + n, seq);
    to[n++] = ' ';
    const uint32_t room = (uint32_t)((NODE_LINE_BYTES - 1 - 6 - n) / 4 * 3); /* with a CRC */
    const uint32_t frame = stream == 0 ? 2 : 6;
    const uint32_t most = room / frame;
    const uint32_t frames = dice(d, 32) == 0 ? most : 1 + dice(d, most < 10 ? most : 10);
    const uint32_t size = frames * frame - (dice(d, 64) == 0 ? 1 : 0);
    for (uint32_t i = 0; i + 1 < size || i == 0; i += 2) {
        const int32_t sample = (int32_t)dice(d, 2U * (uint32_t)limit + 1U) - limit;
        bytes[i] = (uint8_t)(sample & 255);
        bytes[i + 1] = (uint8_t)(sample >> 8 & 255);
    }
    if (dice(d, 32) == 0) { /* at the limit, or one beyond it */
        const uint32_t at = size > 2 ? dice(d, size / 2) * 2 : 0;
        const int32_t sample = (limit + (int32_t)dice(d, 2)) * (dice(d, 2) != 0 ? 1 : -1);
        bytes[at] = (uint8_t)(sample & 255);
        bytes[at + 1] = (uint8_t)(sample >> 8 & 255);
    }
    return n + put_base64(to + n, bytes, size);
}

static size_t set(dice_t *d, uint8_t *to)
{
    static const char *const NAMES[] = {"every", "offset", "fifteen_params_", "never", "ever"};
    static const char *const VALUES[] = {"1", "50", "51", "0", "-1", "-5", "-6", "32767", "32768", "-32768", "-32769", "-0", "007"};
    const uint32_t name = dice(d, 16);
    size_t n = put(to, "set ");
    n += put(to + n, NAMES[name < 15 ? name % 3 : 3 + dice(d, 2)]);
    to[n++] = ' ';
    if (dice(d, 4) == 0) {
        return n + put(to + n, VALUES[dice(d, sizeof VALUES / sizeof VALUES[0])]);
    }
    if (name % 3 == 2) {
        to[n++] = '-';
        return n + put_number(to + n, 1 + dice(d, 5));
    }
    return n + put_number(to + n, 4 + dice(d, 46));
}

#ifdef NODE_MODEL_SLOT
/* The next line of a load; sometimes another one, a part again, or one too soon. */
static size_t load(dice_t *d, const shadow_t *now, uint8_t *to)
{
    static const char *const ODD[] = {"load", "load begin", "load begin 0", "load begin 99999", "load data 0", "load data x AAAA",
                                      "load data 0 AAAA", "load data 1 AAA", "load commit", "load commit 1", "load data 4294967295 AAAA"};
    const shadow_slot_t *slot = &now->slot;
    const models_t *model = models_of(slot->wanted);
    if (dice(d, 16) == 0) {
        return put(to, ODD[dice(d, sizeof ODD / sizeof ODD[0])]);
    }
    if (model == NULL || dice(d, 32) == 0) {
        const size_t n = put(to, "load begin ");
        return n + put_number(to + n, models_at(dice(d, MODELS))->n);
    }
    if (slot->next == model->n) {
        return put(to, "load commit");
    }
    const uint32_t from = dice(d, 8) == 0 ? dice(d, model->n) : slot->next;
    const uint32_t left = model->n - from;
    const uint32_t most = NODE_LINE_BYTES / 4 * 3 - 40;
    const uint32_t bytes = dice(d, 4) == 0 ? 1 + dice(d, left) : left;
    size_t n = put(to, "load data ");
    n += put_number(to + n, from);
    to[n++] = ' ';
    return n + put_base64(to + n, model->bytes + from, bytes < most ? bytes : most);
}
#else
static size_t load(dice_t *d, const shadow_t *now, uint8_t *to)
{
    (void)now;
    return put(to, dice(d, 2) == 0 ? "load" : "load 0 AAAA");
}
#endif

size_t generate_command(dice_t *d, const shadow_t *now, uint8_t *to, bool *changes)
{
    const uint32_t kind = dice(d, 128);
    *changes = true;
    if (kind < 78) {
        return feed(d, now, to);
    }
    if (kind < 92) {
        return set(d, to);
    }
    if (kind < 95) {
        return put(to, dice(d, 4) == 0 ? "reset chip" : "reset");
    }
    if (kind < 111) {
        return load(d, now, to);
    }
    *changes = false;
    if (kind < 112) {
        return put(to, "info");
    }
    if (kind < 117) {
        return put(to, "stats");
    }
    if (kind < 122) {
        const size_t n = put(to, "bench ");
        return n + put_number(to + n, dice(d, 8) == 0 ? dice(d, 103) : 1 + dice(d, 3));
    }
    if (kind < 125) {
        return 0; /* an empty line */
    }
    return put(to, kind < 126 ? "feeds 0 0 AAAA" : kind < 127 ? "Info" : " info");
}

size_t generate_crc(uint8_t *to, size_t n)
{
    static const char HEX[] = "0123456789ABCDEF";
    size_t start = n;
    while (start > 0 && to[start - 1] != '\n') {
        start--;
    }
    const uint16_t crc = shadow_crc(to + start, n - start);
    to[n++] = ' ';
    to[n++] = '*';
    to[n++] = (uint8_t)HEX[crc >> 12];
    to[n++] = (uint8_t)HEX[crc >> 8 & 15];
    to[n++] = (uint8_t)HEX[crc >> 4 & 15];
    to[n++] = (uint8_t)HEX[crc & 15];
    return n;
}

static size_t end_line(dice_t *d, uint8_t *to, size_t n)
{
    if (dice(d, 8) == 0) {
        to[n++] = '\r';
    }
    to[n++] = '\n';
    return n;
}

/* A quarter valid, a quarter spoilt, half spoilt and then given the right CRC. */
size_t generate_frame(dice_t *d, const shadow_t *now, past_t *past, uint8_t *to)
{
    bool changes;
    size_t n = generate_command(d, now, to, &changes);
    const uint32_t kind = dice(d, 4);
    if (kind >= 2) {
        n = spoil(d, past, to, n);
        n = end_line(d, to, generate_crc(to, n));
    } else {
        if (n > 0 && (changes || dice(d, 2) == 0)) {
            n = generate_crc(to, n);
        }
        n = end_line(d, to, n);
        if (kind == 1) {
            n = spoil(d, past, to, n);
        }
    }
    past->n = n < SPLICE_BYTES ? n : SPLICE_BYTES;
    memcpy(past->bytes, to, past->n);
    return n;
}
