/* What each answer looks like, letter by letter. */
#include <stdlib.h>
#include <string.h>

#include "shadow.h"

static const char HEX[] = "0123456789ABCDEF";

static void text(shadow_t *self, const char *words)
{
    const size_t n = strlen(words);
    if (n > FUZZ_OUT_BYTES - self->out_bytes) {
        abort();
    }
    memcpy(self->out + self->out_bytes, words, n);
    self->out_bytes += n;
}

static void number(shadow_t *self, const char *before, int64_t value)
{
    char digits[24];
    size_t at = sizeof digits - 1;
    uint64_t rest = value < 0 ? (uint64_t)-value : (uint64_t)value;
    digits[at] = '\0';
    do {
        digits[--at] = HEX[rest % 10];
        rest /= 10;
    } while (rest > 0);
    if (value < 0) {
        digits[--at] = '-';
    }
    text(self, before);
    text(self, digits + at);
}

static void hex16(shadow_t *self, const char *before, uint16_t value, const char *after)
{
    const char digits[] = {HEX[value >> 12], HEX[value >> 8 & 15], HEX[value >> 4 & 15], HEX[value & 15], '\0'};
    text(self, before);
    text(self, digits);
    text(self, after);
}

static void end(shadow_t *self)
{
    const uint16_t crc = shadow_crc((const uint8_t *)self->out + self->line_at, self->out_bytes - self->line_at);
    hex16(self, ",\"crc\":\"", crc, "\"}\n");
    self->line_at = self->out_bytes;
}

static void line(shadow_t *self, const char *words)
{
    text(self, words);
    end(self);
}

/* The hash and the data of the model in use, with what stands between them. */
static void say_model(shadow_t *self)
{
#ifdef NODE_MODEL_SLOT
    if (self->slot.used != 0) {
        char digits[9];
        for (int i = 0; i < 8; i++) {
            digits[i] = "0123456789abcdef"[self->slot.model->crc >> (28 - 4 * i) & 15U];
        }
        digits[8] = '\0';
        text(self, digits);
        text(self, "\",\"data\":\"");
        text(self, self->slot.model->data);
        return;
    }
#endif
    text(self, "9b04c1d7\",\"data\":\"sim");
}

void shadow_say_facts(shadow_t *self)
{
    static const char *const RESETS[] = {"power", "pin", "soft", "watchdog", "lockup", "wake"};
    text(self, "{\"ev\":\"boot\",\"app\":\"fuzz\",\"board\":\"memory\",\"variant\":\"odd\",\"build\":\"0badcafe\","
               "\"model\":\"");
    say_model(self);
    text(self, "\",\"reset\":\"");
    text(self, RESETS[self->reset_cause]);
    number(self, "\",\"proto\":1,\"line\":", NODE_LINE_BYTES);
    number(self, ",\"window\":", NODE_WINDOW);
    end(self);
    line(self, "{\"ev\":\"stream\",\"id\":0,\"of\":2,\"name\":\"one\",\"rate_hz\":50,\"channels\":1,\"unit\":\"mg\","
               "\"num\":1,\"den\":2,\"limit\":32767");
    line(self, "{\"ev\":\"stream\",\"id\":1,\"of\":2,\"name\":\"fifteen_streams\",\"rate_hz\":1000000,\"channels\":3,"
               "\"unit\":\"fifteen_metres_\",\"num\":-32768,\"den\":32767,\"limit\":2000");
    line(self, "{\"ev\":\"class\",\"id\":0,\"of\":3,\"name\":\"lying\"");
    line(self, "{\"ev\":\"class\",\"id\":1,\"of\":3,\"name\":\"standing\"");
    line(self, "{\"ev\":\"class\",\"id\":2,\"of\":3,\"name\":\"fifteen_letters\"");
    number(self, "{\"ev\":\"param\",\"id\":0,\"of\":3,\"name\":\"every\",\"value\":", self->app.every);
    line(self, ",\"min\":1,\"max\":50");
    number(self, "{\"ev\":\"param\",\"id\":1,\"of\":3,\"name\":\"offset\",\"value\":", self->app.offset);
    line(self, ",\"min\":-32768,\"max\":32767");
    number(self, "{\"ev\":\"param\",\"id\":2,\"of\":3,\"name\":\"fifteen_params_\",\"value\":", self->app.below);
    line(self, ",\"min\":-5,\"max\":-1");
}

static void error(shadow_t *self, const char *name)
{
    self->errors++;
    text(self, "{\"ev\":\"error\",\"error\":\"");
    text(self, name);
    text(self, "\"");
}

void shadow_say_error(shadow_t *self, shadow_outcome_t what)
{
    self->outcomes[what]++;
    error(self, SHADOW_NAMES[what]);
    number(self, ",\"n\":", self->errors);
    end(self);
}

static void error_want(shadow_t *self, const char *name, uint32_t want)
{
    error(self, name);
    number(self, ",\"want\":", want);
    number(self, ",\"n\":", self->errors);
    end(self);
}

void shadow_say_want(shadow_t *self, shadow_outcome_t what, uint32_t want)
{
    self->outcomes[what]++;
    error_want(self, SHADOW_NAMES[what], want);
}

void shadow_say_gap(shadow_t *self, uint32_t want)
{
    self->outcomes[SHADOW_gap]++;
    error_want(self, "seq", want);
}

void shadow_say_ack(shadow_t *self, uint32_t stream, uint32_t seq)
{
    number(self, "{\"ev\":\"ack\",\"stream\":", stream);
    number(self, ",\"seq\":", seq);
    end(self);
}

void shadow_say_done(shadow_t *self, const char *verb)
{
    text(self, "{\"ev\":\"ack\",\"verb\":\"");
    text(self, verb);
    line(self, "\"");
}

void shadow_say_stats(shadow_t *self)
{
    number(self, "{\"ev\":\"stats\",\"up_ms\":", fuzz_port.time_ms);
    number(self, ",\"lines\":", self->lines);
    number(self, ",\"errors\":", self->errors);
    number(self, ",\"reports\":", self->reports);
    number(self, ",\"uart\":", FUZZ_UART_FAULTS);
    line(self, ",\"cut\":0");
    number(self, "{\"ev\":\"stats\",\"stack\":", FUZZ_STACK_SEEN);
    number(self, ",\"stack_size\":", FUZZ_STACK_SIZE);
    number(self, ",\"state\":", sizeof(fuzz_app_t));
    number(self, ",\"cycles\":", self->last);
    number(self, ",\"cycles_max\":", self->most);
    line(self, ",\"uid\":\"" FUZZ_UID "\"");
}

void shadow_say_bench(shadow_t *self)
{
    number(self, "{\"ev\":\"bench\",\"n\":", self->bench_n);
    number(self, ",\"mean\":", self->bench_n > 0 ? (int64_t)(self->bench_total / self->bench_n) : 0);
    number(self, ",\"max\":", self->most);
    end(self);
}

static const char *class_name(uint8_t answer)
{
    static const char *const NAMES[FUZZ_CLASSES] = {"lying", "standing", "fifteen_letters"};
    return answer < FUZZ_CLASSES ? NAMES[answer] : "unknown";
}

void shadow_say_report(shadow_t *self, uint8_t event, const void *report)
{
    static const char *const WHY[] = {"stuck", "saturated", "unknown"};
    if (event == 0) {
        const fuzz_window_t *window = report;
        number(self, "{\"ev\":\"window\",\"n\":", window->n);
        number(self, ",\"low\":", window->low);
        number(self, ",\"byte\":", window->byte);
        text(self, ",\"class\":\"");
        text(self, class_name(window->answer));
        hex16(self, "\",\"fx\":\"", window->fx, "\"");
    } else {
        const fuzz_fault_t *fault = report;
        number(self, "{\"ev\":\"fault\",\"x\":", fault->x);
        text(self, ",\"why\":\"");
        text(self, WHY[fault->why]);
        text(self, "\",\"class\":\"unknown\"");
    }
    end(self);
}
