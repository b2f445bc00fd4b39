/* The node on the fuzzer's port. */
#include "bed.h"

#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

static struct {
    uint64_t seed;
    const char *what;
    uint64_t id;
} replay;

static void tell(void)
{
    printf("FAILED seed %" PRIu64 " %s %" PRIu64 ": it ended the program\n", replay.seed, replay.what, replay.id);
    (void)fflush(stdout);
}

static void tell_abort(int signal_number)
{
    (void)signal_number;
    tell();
    _Exit(EXIT_FAILURE);
}

#ifdef FUZZ_SANITIZED
void __sanitizer_set_death_callback(void (*callback)(void)); /* sanitizer/common_interface_defs.h */
#endif

void bed_watch(uint64_t seed)
{
    replay.seed = seed;
    (void)signal(SIGABRT, tell_abort);
#ifdef FUZZ_SANITIZED
    __sanitizer_set_death_callback(tell);
#endif
}

void bed_at(const char *what, uint64_t id)
{
    replay.what = what;
    replay.id = id;
}

void bed_make(bed_t *self)
{
    self->node = malloc(sizeof *self->node);
    self->app = malloc(sizeof *self->app);
    if (self->node == NULL || self->app == NULL) {
        abort();
    }
}

void bed_free(bed_t *self)
{
    free(self->node);
    free(self->app);
}

void bed_boot(bed_t *self, port_reset_t cause)
{
    fuzz_port.reset = cause;
    fuzz_port.restarts = 0;
    node_init(self->node, &fuzz_app, self->app);
}

const char *bed_send(bed_t *self, const uint8_t *bytes, size_t n)
{
    fuzz_port.in = bytes;
    fuzz_port.in_bytes = n;
    while (fuzz_port.in_bytes > 0) {
        const size_t before = fuzz_port.in_bytes;
        const uint8_t *at = fuzz_port.in;
        if (!node_step(self->node)) {
            return "node_step says that there was nothing to take";
        }
        const size_t took = before - fuzz_port.in_bytes;
        for (size_t i = 0; i + 1 < took; i++) {
            /* an empty line is no line, so that a step may take more than one of those */
            if (at[i] == '\n' && i > 0 && at[i - 1] != '\n' && !(at[i - 1] == '\r' && (i < 2 || at[i - 2] == '\n'))) {
                return "node_step took more than one line";
            }
        }
        if (fuzz_port.restarts > 0) {
            bed_boot(self, PORT_RESET_SOFT);
        }
    }
    return node_step(self->node) ? "node_step says that it took something where nothing was" : NULL;
}
