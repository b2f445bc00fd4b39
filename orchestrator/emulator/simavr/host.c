/* Runs an AVR image on libsimavr, with USART0 as standard input and output, until the input ends.
 *
 *   host MCU HZ STACK_LIMIT STACK_TOP IMAGE [--boot=ADDRESS:ELF] [--counts=FILE] [--hang-at=MS] [--pin-reset-at=MS]
 *        [--own-uart] [--drop-rx=N] [--flip-rx=N:BIT] [--break-rx=N] [--overrun=N]
 *
 * orchestrator/emulator/simavr is what people start. While there is traffic sleep is skipped over in virtual time; when
 * idle, time passes as outside. What simavr 1.6 gets wrong and matters here is put right in this file and usart.c: a reset
 * keeps MCUSR's older flags (DS40002061, 11.9.1), RAM and registers hold no zeros when power comes, and sleep does not
 * last in real time. What it gets wrong and our firmware does not ask for: a new watchdog period counts from the next
 * WDR only.
 */
#define _POSIX_C_SOURCE 200809L
#include <inttypes.h>
#include <signal.h>
#include <simavr/sim_avr.h>
#include <simavr/sim_core.h>
#include <simavr/sim_interrupts.h>
#include <simavr/sim_io.h>
#include <simavr/sim_time.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "load.h"
#include "usart.h"
#include "wire.h"

enum { MCUSR = 0x54, EXTRF = 0x02 };                   /* 11.9.1 */
enum { IDLE_END_MS = 250, BUSY_END_MS = 60000 };       /* after the end of input: quiet time until this process ends */
enum { LOOK_US = 1000, COUNTS_NS = 500000000 };        /* between looks at standard input; between writes of the counts */
enum { LOOP_BYTES = 4 };                               /* nop; rjmp to it: the injected endless loop */
static const uint8_t LOOP[LOOP_BYTES] = {0x00, 0x00, 0xFE, 0xCF};

#define NEVER UINT64_MAX

static struct {
    avr_t *avr;
    avr_io_t io; /* so that simavr tells of resets */
    wire_t wire;
    usart_t usart;
    const char *counts;
    uint16_t stack_limit, stack_top, stack_seen;
    avr_cycle_count_t hang_at, pin_reset_at, next_look, asleep, ended_at, quiet_since;
    uint64_t traffic;
    int64_t counted_ns;
    unsigned watchdogs, pins;
    bool pin, reset, hanging;
    uint8_t mcusr;
} host;

static volatile sig_atomic_t stopped;

static void stop(int number)
{
    (void)number;
    stopped = 1;
}

static void to_stderr(avr_t *avr, const int level, const char *format, va_list list)
{
    if (avr == NULL || level <= LOG_ERROR) {
        vfprintf(stderr, format, list);
    }
}

/* -- counts ------------------------------------------------------------------------------------------------------ */

static int64_t outside_ns(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

/* From the stack's top to the lowest byte that differs from the paint at its limit. */
static uint16_t stack_seen(void)
{
    const uint8_t *data = host.avr->data;
    uint16_t at = host.stack_limit;
    while (at < host.stack_top && data[at] == data[host.stack_limit]) {
        at++;
    }
    const uint16_t seen = (uint16_t)(host.stack_top - at);
    return seen > host.stack_seen ? seen : host.stack_seen;
}

static void write_counts(bool final)
{
    const int64_t now_ns = outside_ns();
    if (host.counts == NULL || (!final && now_ns - host.counted_ns < COUNTS_NS)) {
        return;
    }
    host.counted_ns = now_ns;
    char part[4096];
    (void)snprintf(part, sizeof part, "%s.%d", host.counts, (int)getpid());
    FILE *file = fopen(part, "w");
    if (file == NULL) {
        return;
    }
    const avr_cycle_count_t now = host.avr->cycle;
    fprintf(file,
            "{\"instructions\": null, \"cycles\": %" PRIu64 ", \"virtual_s\": %.6f, \"asleep\": %.6f, "
            "\"resets\": {\"power\": 1",
            now - host.asleep, (double)now / host.avr->frequency, now ? (double)host.asleep / (double)now : 0.0);
    if (host.watchdogs) {
        fprintf(file, ", \"watchdog\": %u", host.watchdogs);
    }
    if (host.pins) {
        fprintf(file, ", \"pin\": %u", host.pins);
    }
    fprintf(file,
            "}, \"stack_bytes\": %u, \"stack_seen\": %u, \"uart\": {\"in\": %" PRIu64 ", \"out\": %" PRIu64
            ", \"overruns\": %" PRIu64 ", \"lost_while_off\": %" PRIu64 ", \"wait_cycles\": %" PRIu64 "}}\n",
            host.stack_top - host.stack_limit, stack_seen(), host.wire.received, host.wire.sent, host.usart.overruns,
            host.usart.lost, host.usart.longest_wait);
    if (fclose(file) == 0) {
        (void)rename(part, host.counts);
    }
}

/* -- reset ------------------------------------------------------------------------------------------------------- */

/* simavr has just cleared the I/O registers; its watchdog adds WDRF after this. */
static void on_reset(avr_io_t *io)
{
    (void)io;
    host.stack_seen = stack_seen();
    host.reset = true;
    host.hanging = false;
    memset(host.avr->flash + host.avr->flashend + 1 - LOOP_BYTES, 0xFF, LOOP_BYTES);
    if (host.pin) {
        host.pins++;
    } else {
        host.watchdogs++;
    }
    host.avr->data[MCUSR] = (uint8_t)(host.mcusr | (host.pin ? EXTRF : 0));
    host.pin = false;
    usart_reset(&host.usart);
}

/* A flag is cleared by a zero, and set by hardware only. */
static void write_mcusr(avr_t *avr, avr_io_addr_t address, uint8_t value, void *param)
{
    (void)param;
    avr->data[address] &= value;
    host.mcusr = avr->data[address];
}

/* RAM and registers hold anything when power comes: a fixed pattern, so that a run can be repeated. */
static void fill_memory(avr_t *avr)
{
    uint32_t noise = 2463534242u; /* Marsaglia's xorshift and its seed */
    for (int i = 0; i <= avr->ramend; i++) {
        noise ^= noise << 13;
        noise ^= noise >> 17;
        noise ^= noise << 5;
        if (i < 0x20 || i > avr->ioend) {
            avr->data[i] = (uint8_t)noise;
        }
    }
}

/* -- the injected hang -------------------------------------------------------------------------------------------- */

/* The main loop goes round in two instructions of ours, at the end of flash, to the next reset; interrupts are served. */
static void hang(avr_t *avr)
{
    const avr_flashaddr_t at = avr->flashend + 1 - LOOP_BYTES;
    if (!avr->sreg[S_I] || avr->interrupts.running_ptr != 0) {
        avr->run_cycle_limit = 1; /* it is not the main loop that runs now */
        return;
    }
    fprintf(stderr, "emulator: the main loop hangs, as asked, at %.3f ms\n", (double)avr->cycle * 1e3 / avr->frequency);
    for (int i = 0; i < LOOP_BYTES; i++) {
        if (avr->flash[at + (avr_flashaddr_t)i] != 0xFF) {
            fail("the end of flash is taken: there is no place for an endless loop");
        }
    }
    memcpy(avr->flash + at, LOOP, LOOP_BYTES);
    avr->state = cpu_Running;
    avr->pc = at;
    host.hang_at = NEVER;
    host.hanging = true;
}

/* -- the loop ---------------------------------------------------------------------------------------------------- */

static avr_cycle_count_t cycles_of_ms(double ms) { return (avr_cycle_count_t)(ms * host.avr->frequency / 1000.0); }

/* Firmware that goes on for ever after the end of its input is stopped at last. */
static void look(void)
{
    const avr_cycle_count_t now = host.avr->cycle;
    wire_flush(&host.wire);
    (void)wire_poll(&host.wire, 0);
    const uint64_t traffic = host.wire.received + host.wire.sent;
    if (traffic != host.traffic || usart_busy(&host.usart)) {
        host.traffic = traffic;
        host.quiet_since = now;
    }
    write_counts(false);
    if (host.wire.ended) {
        host.ended_at = host.ended_at != NEVER ? host.ended_at : now;
        if (now - host.ended_at > cycles_of_ms(BUSY_END_MS)) {
            stopped = 1;
        }
    }
    host.next_look = now + host.avr->frequency / 1000000 * LOOK_US;
}

/* Called by simavr while the CPU sleeps, for the time to its next event; afterwards it moves the time on, so nothing may
 * be scheduled here. */
static void on_sleep(avr_t *avr, avr_cycle_count_t cycles)
{
    host.asleep += cycles + 1;
    if (usart_busy(&host.usart)) {
        return;
    }
    look();
    if (host.wire.ended) {
        if (avr->cycle - host.quiet_since > cycles_of_ms(IDLE_END_MS)) {
            stopped = 1;
        }
        return;
    }
    if (!usart_busy(&host.usart)) {
        (void)wire_poll(&host.wire, (int64_t)(cycles * 1000000000 / avr->frequency));
    }
}

static void run(void)
{
    avr_t *avr = host.avr;
    const avr_cycle_count_t slice = avr->frequency / 1000000 * LOOK_US;
    avr->run_cycle_limit = slice;
    while (!stopped && !host.wire.broken) {
        const int state = avr_run(avr);
        if (host.reset) {
            host.reset = false;
            host.mcusr = avr->data[MCUSR];
            avr->run_cycle_limit = slice;
        }
        if (state == cpu_Done || state == cpu_Crashed) {
            wire_flush(&host.wire);
            write_counts(true);
            fail(state == cpu_Done ? "the CPU sleeps with interrupts off" : "the CPU has crashed");
        }
        if (avr->cycle >= host.pin_reset_at) {
            host.pin_reset_at = NEVER;
            host.pin = true;
            avr_reset(avr);
        } else if (avr->cycle >= host.hang_at) {
            hang(avr);
            avr->run_cycle_limit = host.hang_at == NEVER ? slice : 1;
        }
        if (avr->cycle >= host.next_look) {
            look();
        }
        usart_input(&host.usart);
    }
    wire_flush(&host.wire);
    write_counts(true);
}

/* -- start ------------------------------------------------------------------------------------------------------- */

static const char *value(const char *option, const char *name)
{
    const size_t n = strlen(name);
    return strncmp(option, name, n) == 0 ? option + n : NULL;
}

static void take_option(avr_t *avr, const char *option)
{
    static const char *const KINDS[WIRE_KINDS] = {"--drop-rx=", "--flip-rx=", "--break-rx=", "--overrun="};
    const char *text;
    for (int kind = 0; kind < WIRE_KINDS; kind++) {
        if ((text = value(option, KINDS[kind])) != NULL && wire_add_fault(&host.wire, (wire_kind_t)kind, text)) {
            return;
        }
    }
    if ((text = value(option, "--counts=")) != NULL) {
        host.counts = text;
    } else if ((text = value(option, "--hang-at=")) != NULL) {
        host.hang_at = cycles_of_ms(atof(text));
    } else if ((text = value(option, "--pin-reset-at=")) != NULL) {
        host.pin_reset_at = cycles_of_ms(atof(text));
    } else if ((text = value(option, "--boot=")) != NULL && strchr(text, ':') != NULL) {
        avr->reset_pc = avr->pc = (avr_flashaddr_t)strtoul(text, NULL, 0); /* the fuse BOOTRST, 27.5 */
        load(avr, strchr(text, ':') + 1);
    } else {
        fail("cannot do %s", option);
    }
}

int main(int argc, char **argv)
{
    if (argc < 6) {
        fail("started with too few arguments");
    }
    avr_global_logger_set(to_stderr);
    avr_t *avr = host.avr = avr_make_mcu_by_name(argv[1]);
    if (avr == NULL) {
        fail("simavr does not know the chip %s", argv[1]);
    }
    (void)avr_init(avr);
    avr->frequency = (uint32_t)strtoul(argv[2], NULL, 10);
    host.stack_limit = (uint16_t)strtoul(argv[3], NULL, 0);
    host.stack_top = (uint16_t)strtoul(argv[4], NULL, 0);
    host.hang_at = host.pin_reset_at = host.ended_at = NEVER;
    load(avr, argv[5]);
    fill_memory(avr);
    bool own_uart = false;
    for (int i = 6; i < argc; i++) {
        if (strcmp(argv[i], "--own-uart") == 0) {
            own_uart = true;
        } else {
            take_option(avr, argv[i]);
        }
    }
    (own_uart ? usart_init_own : usart_init)(&host.usart, avr, &host.wire);
    avr->sleep = on_sleep;
    avr->io[AVR_DATA_TO_IO(MCUSR)].w.c = write_mcusr;
    host.mcusr = avr->data[MCUSR];
    host.io = (avr_io_t){.kind = "host", .reset = on_reset};
    avr_register_io(avr, &host.io);
    const struct sigaction end = {.sa_handler = stop};
    (void)sigaction(SIGTERM, &end, NULL);
    (void)sigaction(SIGINT, &end, NULL);
    (void)signal(SIGPIPE, SIG_IGN);
    run();
    return 0;
}
