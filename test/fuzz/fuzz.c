/* fuzz [--seed S] [--frames N] [--only ID] [--flips N]: sends N frames to a node and to its shadow.
 *
 * Frames come in sessions; each starts with a boot, and frame ID depends on the seed and on its session's earlier
 * frames only. `--only ID` replays that session up to it, and shows it. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bed.h"
#include "check_line.h"
#include "flips.h"
#include "generate.h"

enum { SESSION_FRAMES = 1000 };

static shadow_t shadow;
static bed_t bed;
static past_t past;

static void show(const char *what, const void *bytes, size_t n)
{
    const uint8_t *at = bytes;
    printf("%s ", what);
    for (size_t i = 0; i < n; i++) {
        if (at[i] == '\n') {
            printf(i + 1 < n ? "\\n\n%*s " : "\\n", i + 1 < n ? (int)strlen(what) : 0, "");
        } else if (at[i] < ' ' || at[i] > '~') {
            printf("\\x%02X", at[i]);
        } else {
            putchar(at[i]);
        }
    }
    putchar('\n');
}

/* Whole, or in pieces of any size. */
static const char *send(dice_t *d, const uint8_t *bytes, size_t n)
{
    if (n == 0 || dice(d, 2) == 0) {
        return bed_send(&bed, bytes, n);
    }
    while (n > 0) {
        const size_t piece = 1 + dice(d, n < 64 ? (uint32_t)n : 64);
        const char *fault = bed_send(&bed, bytes, piece);
        if (fault != NULL) {
            return fault;
        }
        bytes += piece;
        n -= piece;
    }
    return NULL;
}

/* What must hold after every frame. */
static const char *check(void)
{
    for (size_t at = 0; at < fuzz_port.out_bytes;) {
        const char *end = memchr(fuzz_port.out + at, '\n', fuzz_port.out_bytes - at);
        if (end == NULL) {
            return "the last output line does not end";
        }
        const size_t bytes = (size_t)(end - fuzz_port.out) - at + 1;
        const char *fault = check_line(fuzz_port.out + at, bytes);
        if (fault != NULL) {
            return fault;
        }
        at += bytes;
    }
    if (fuzz_port.out_bytes != shadow.out_bytes || memcmp(fuzz_port.out, shadow.out, shadow.out_bytes) != 0) {
        return "the answer is not the one that the protocol names";
    }
    if (memcmp(bed.app, &shadow.app, sizeof shadow.app) != 0) {
        return "the app's state is not what the accepted lines make of it";
    }
    return bed.node->out.cut ? "a member was left out of an output line" : NULL;
}

static void clear(void)
{
    fuzz_port.out_bytes = 0;
    shadow.out_bytes = shadow.line_at = 0;
}

/* Sessions differ in why the chip started; some are where the sequence numbers wrap. */
static const char *start_session(uint64_t seed, uint64_t session)
{
    dice_t d = dice_new(seed, ~session);
    const port_reset_t cause = (port_reset_t)dice(&d, PORT_RESET_CAUSES);
    clear();
    past.n = 0;
    bed_boot(&bed, cause);
    shadow_boot(&shadow, cause);
    if (dice(&d, 8) == 0) {
        for (uint8_t i = 0; i < FUZZ_STREAMS; i++) {
            shadow.next[i] = bed.node->feed.next[i] = 0U - dice(&d, 20);
        }
    }
    return check();
}

static const char *run_frame(uint64_t seed, uint64_t id, bool verbose)
{
    static uint8_t frame[FRAME_BYTES];
    dice_t d = dice_new(seed, id);
    clear();
    fuzz_port.time_ms = (uint32_t)id * 977U;
    const size_t n = generate_frame(&d, &shadow, &past, frame);
    if (verbose) {
        show("sent", frame, n);
    }
    const char *fault = send(&d, frame, n);
    shadow_take(&shadow, frame, n);
    fault = fault != NULL ? fault : check();
    if (fault != NULL || verbose) {
        if (!verbose) {
            show("sent", frame, n);
        }
        show("said", fuzz_port.out, fuzz_port.out_bytes);
        show("want", shadow.out, shadow.out_bytes);
    }
    return fault;
}

static int run(uint64_t seed, uint64_t frames, int64_t only)
{
    const uint64_t from = only < 0 ? 0 : (uint64_t)only / SESSION_FRAMES * SESSION_FRAMES;
    const uint64_t to = only < 0 ? frames : (uint64_t)only + 1;
    bed_watch(seed);
    bed_make(&bed);
    for (uint64_t id = from; id < to; id++) {
        bed_at("frame", id);
        const char *fault = id % SESSION_FRAMES == 0 ? start_session(seed, id / SESSION_FRAMES) : NULL;
        fault = fault != NULL ? fault : run_frame(seed, id, only >= 0 && id == (uint64_t)only);
        if (fault != NULL) {
            printf("FAILED seed %" PRIu64 " frame %" PRIu64 ": %s\nreplay: --seed %" PRIu64 " --only %" PRIu64 "\n", seed, id, fault,
                   seed, id);
            return 1;
        }
    }
    bed_free(&bed);
    printf("seed %" PRIu64 "\nsent %" PRIu64 "\n", seed, to - from);
    for (int i = 0; i < SHADOW_N; i++) {
        printf("%s %" PRIu32 "\n", SHADOW_NAMES[i], shadow.outcomes[i]);
    }
    return 0;
}

int main(int argc, char **argv)
{
    uint64_t seed = 1;
    uint64_t frames = 0;
    uint64_t flip_count = 0;
    int64_t only = -1;
    for (int i = 1; i + 1 < argc; i += 2) {
        if (strcmp(argv[i], "--seed") == 0) {
            seed = strtoull(argv[i + 1], NULL, 10);
        } else if (strcmp(argv[i], "--frames") == 0) {
            frames = strtoull(argv[i + 1], NULL, 10);
        } else if (strcmp(argv[i], "--flips") == 0) {
            flip_count = strtoull(argv[i + 1], NULL, 10);
        } else if (strcmp(argv[i], "--only") == 0) {
            only = strtoll(argv[i + 1], NULL, 10);
        } else {
            fprintf(stderr, "%s: no such option\n", argv[i]);
            return 2;
        }
    }
    if (flip_count > 0) {
        return flips(seed, flip_count, only);
    }
    return run(seed, frames, only);
}
