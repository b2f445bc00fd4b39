/* What the protocol's text says about each line; nothing here calls the code under test but for the app's own. */
#include "shadow.h"

#include <stdlib.h>
#include <string.h>

#include "shadow_words.h"

#define NAME(name) #name,
const char *const SHADOW_NAMES[SHADOW_N] = {SHADOW_OUTCOMES(NAME)};

/* Bit by bit into a table of 256, on first use: not the nibbles of lib/line. */
uint16_t shadow_crc(const uint8_t *bytes, size_t n)
{
    static uint16_t table[256];
    if (table[1] == 0) {
        for (unsigned i = 0; i < 256; i++) {
            unsigned rest = i << 8;
            for (int bit = 0; bit < 8; bit++) {
                rest = (rest & 0x8000U) != 0 ? (rest << 1) ^ 0x1021U : rest << 1;
            }
            table[i] = (uint16_t)rest;
        }
    }
    uint16_t crc = 0xFFFF;
    for (size_t i = 0; i < n; i++) {
        crc = (uint16_t)((unsigned)(crc << 8) ^ table[(crc >> 8) ^ bytes[i]]);
    }
    return crc;
}

void shadow_start(shadow_t *self)
{
    fuzz_app.init(&self->app);
    memset(self->next, 0, sizeof self->next);
    memset(self->held, 0, sizeof self->held);
    self->touched = false;
    self->spent = self->last = self->most = 0;
}

void shadow_boot(shadow_t *self, port_reset_t cause)
{
    self->reset_cause = cause;
    shadow_unload(self);
    shadow_start(self);
    self->lines = self->errors = self->reports = 0;
    self->bytes = 0;
    shadow_say_facts(self);
}

/* ---- the app ---- */

static void emit(void *context, uint8_t event, const void *report)
{
    shadow_t *self = context;
    self->last = self->spent + fuzz_port.cycles - self->stamp;
    self->most = self->last > self->most ? self->last : self->most;
    self->spent = 0;
    self->stamp = fuzz_port.cycles;
    if (self->benching) {
        self->bench_n++;
        self->bench_total += self->last;
    } else {
        self->reports++;
        shadow_say_report(self, event, report);
    }
}

static void run_app(shadow_t *self, uint8_t stream, const int16_t *frames, size_t n)
{
    const app_sink_t sink = {.emit = emit, .context = self};
    self->stamp = fuzz_port.cycles;
    fuzz_app.push(&self->app, stream, frames, n, &sink);
    self->spent += fuzz_port.cycles - self->stamp;
}

/* ---- commands ---- */

static void feed(shadow_t *self, const shadow_word_t *words, size_t count)
{
    static uint8_t bytes[NODE_LINE_BYTES];
    static int16_t samples[NODE_LINE_BYTES / 2];
    int64_t stream;
    int64_t seq;
    if (count != 4 || !shadow_parse(words[1], 0, UINT32_MAX, &stream) || !shadow_parse(words[2], 0, UINT32_MAX, &seq)) {
        shadow_say_error(self, SHADOW_args);
        return;
    }
    if (stream >= FUZZ_STREAMS) {
        shadow_say_error(self, SHADOW_stream);
        return;
    }
    const uint32_t want = self->next[stream];
    if ((uint32_t)seq != want) {
        if (want - (uint32_t)seq <= self->held[stream]) { /* modulo 2^32 */
            self->outcomes[SHADOW_repeat]++;
            shadow_say_ack(self, (uint32_t)stream, (uint32_t)seq);
        } else {
            shadow_say_gap(self, want);
        }
        return;
    }
    const int n = shadow_decode(words[3], bytes);
    const int frame = stream == 0 ? 2 : 6;
    const int limit = stream == 0 ? FUZZ_LIMIT_0 : FUZZ_LIMIT_1;
    if (n < frame || n % frame != 0) {
        shadow_say_error(self, SHADOW_frames);
        return;
    }
    for (int i = 0; i < n / 2; i++) {
        const int raw = bytes[2 * i] + 256 * bytes[2 * i + 1];
        const int sample = raw > 32767 ? raw - 65536 : raw;
        if (abs(sample) > limit) {
            shadow_say_error(self, SHADOW_range);
            return;
        }
        samples[i] = (int16_t)sample;
    }
    self->outcomes[SHADOW_applied]++;
    self->touched = true;
    self->next[stream] = want + 1;
    self->held[stream] += self->held[stream] < NODE_WINDOW ? 1 : 0;
    run_app(self, (uint8_t)stream, samples, (size_t)(n / frame));
    shadow_say_ack(self, (uint32_t)stream, want);
}

static void set(shadow_t *self, const shadow_word_t *words, size_t count)
{
    int64_t value;
    if (count != 3 || !shadow_parse(words[2], INT16_MIN, INT16_MAX, &value)) {
        shadow_say_error(self, SHADOW_args);
        return;
    }
    int16_t *param;
    bool fits = true;
    if (shadow_is(words[1], "every")) {
        param = &self->app.every;
        fits = value >= 1 && value <= FUZZ_EVERY_MAX;
    } else if (shadow_is(words[1], "offset")) {
        param = &self->app.offset;
    } else if (shadow_is(words[1], "fifteen_params_")) {
        param = &self->app.below;
        fits = value >= -5 && value <= -1;
    } else {
        shadow_say_error(self, SHADOW_param);
        return;
    }
    if (!fits) {
        shadow_say_error(self, SHADOW_range);
        return;
    }
    self->outcomes[SHADOW_set]++;
    self->touched = true;
    *param = (int16_t)value;
    shadow_say_done(self, "set");
}

static void bench(shadow_t *self, const shadow_word_t *words, size_t count)
{
    int64_t wanted;
    if (count != 2 || !shadow_parse(words[1], 1, 100, &wanted)) {
        shadow_say_error(self, SHADOW_args);
        return;
    }
    if (self->touched) {
        shadow_say_error(self, SHADOW_busy);
        return;
    }
    self->outcomes[SHADOW_bench]++;
    self->benching = true;
    self->bench_n = 0;
    self->bench_total = 0;
    uint32_t noise = 1;
    while (self->bench_n < wanted) { /* this app always decides in time */
        noise = noise * 1664525U + 1013904223U;
        const int high = (int)(noise >> 16);
        const int16_t sample = (int16_t)((high > 32767 ? high - 65536 : high) % (FUZZ_LIMIT_0 / 16 + 1));
        run_app(self, 0, &sample, 1);
    }
    self->benching = false;
    shadow_say_bench(self);
    shadow_start(self);
}

static void reset(shadow_t *self, const shadow_word_t *words, size_t count)
{
    const bool chip = count == 2 && shadow_is(words[1], "chip");
    if (count != 1 && !chip) {
        shadow_say_error(self, SHADOW_args);
        return;
    }
    self->outcomes[chip ? SHADOW_chip : SHADOW_reset]++;
    shadow_unload(self);
    shadow_start(self);
    shadow_say_done(self, "reset");
    if (chip) {
        shadow_boot(self, PORT_RESET_SOFT);
    }
}

/* ---- lines ---- */

static int nibble(char c) { return c >= '0' && c <= '9' ? c - '0' : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1; }

/* 0: no CRC; 1: a good one; -1: a bad one. */
static int crc_of(const char *text, size_t n)
{
    const char *star = memchr(text, '*', n);
    if (star == NULL) {
        return 0;
    }
    if (n < 7 || star != text + n - 5 || star[-1] != ' ') {
        return -1;
    }
    int said = 0;
    for (int i = 1; i <= 4; i++) {
        if (nibble(star[i]) < 0) {
            return -1;
        }
        said = said * 16 + nibble(star[i]);
    }
    return shadow_crc((const uint8_t *)text, n - 6) == said ? 1 : -1;
}

static void command(shadow_t *self, const char *text, size_t n)
{
    const int crc = crc_of(text, n);
    if (crc < 0) {
        shadow_say_error(self, SHADOW_crc);
        return;
    }
    n -= crc > 0 ? 6 : 0;
    const char *space = memchr(text, ' ', n);
    const shadow_word_t verb = {text, space == NULL ? n : (size_t)(space - text)};
    shadow_word_t words[SHADOW_WORDS];
    const size_t count = shadow_split(text, n, words); /* 0: no command takes that */
    const bool changes = shadow_is(verb, "feed") || shadow_is(verb, "set") || shadow_is(verb, "load") || shadow_is(verb, "reset");
    if (changes && crc == 0) {
        shadow_say_error(self, SHADOW_crc);
    } else if (shadow_is(verb, "feed")) {
        feed(self, words, count);
    } else if (shadow_is(verb, "set")) {
        set(self, words, count);
    } else if (shadow_is(verb, "reset")) {
        reset(self, words, count);
    } else if (shadow_is(verb, "load")) {
        shadow_load(self, words, count);
    } else if (shadow_is(verb, "bench")) {
        bench(self, words, count);
    } else if (!shadow_is(verb, "info") && !shadow_is(verb, "stats")) {
        shadow_say_error(self, SHADOW_verb);
    } else if (count != 1) {
        shadow_say_error(self, SHADOW_args);
    } else if (shadow_is(verb, "info")) {
        self->outcomes[SHADOW_info]++;
        shadow_say_facts(self);
    } else {
        self->outcomes[SHADOW_stats]++;
        shadow_say_stats(self);
    }
}

static void line(shadow_t *self)
{
    size_t n = self->bytes < SHADOW_HEAD ? self->bytes : SHADOW_HEAD;
    self->bytes = 0;
    if (n > 0 && self->head[n - 1] == '\r') {
        n--;
    }
    if (n == 0) {
        self->outcomes[SHADOW_empty]++;
        return;
    }
    self->lines++;
    for (size_t i = 0; i < n; i++) {
        if (self->head[i] < ' ' || self->head[i] > '~') {
            shadow_say_error(self, SHADOW_garbled);
            return;
        }
        if (i == NODE_LINE_BYTES - 1) {
            shadow_say_error(self, SHADOW_long);
            return;
        }
    }
    command(self, (const char *)self->head, n);
}

void shadow_take(shadow_t *self, const uint8_t *bytes, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (bytes[i] == '\n') {
            line(self);
        } else {
            if (self->bytes < SHADOW_HEAD) {
                self->head[self->bytes] = bytes[i];
            }
            self->bytes++;
        }
    }
}
