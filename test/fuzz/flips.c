/* Single and double bit flips of lines that change state: none may be accepted.
 *
 * A flip may fall on the line end and on ` *XXXX`. A line whose end is lost joins the line after it, so half of those
 * get a whole valid one there: the node must refuse the two together. */
#include "flips.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "bed.h"
#include "generate.h"

/* Lines that are refused before the CRC's verdict can matter, or because of it. */
static bool refused(const char *line, size_t n)
{
    static const char *const WHY[] = {"crc", "verb", "garbled", "long"};
    char head[48];
    for (size_t i = 0; i < sizeof WHY / sizeof WHY[0]; i++) {
        const int bytes = snprintf(head, sizeof head, "{\"ev\":\"error\",\"error\":\"%s\",", WHY[i]);
        if (bytes > 0 && (size_t)bytes < n && memcmp(line, head, (size_t)bytes) == 0) {
            return true;
        }
    }
    return false;
}

static size_t valid_line(dice_t *d, const shadow_t *fresh, uint8_t *to)
{
    bool changes;
    size_t n;
    do {
        n = generate_command(d, fresh, to, &changes);
    } while (!changes);
    n = generate_crc(to, n);
    to[n++] = '\n';
    return n;
}

static void flip(uint8_t *line, uint32_t bit) { line[bit / 8] ^= (uint8_t)(1U << bit % 8); }

int flips(uint64_t seed, uint64_t count, int64_t only)
{
    static shadow_t fresh; /* what the generator looks at: a node just started */
    static uint8_t line[FRAME_BYTES];
    bed_t bed;
    bed_watch(seed);
    bed_make(&bed);
    bed_boot(&bed, PORT_RESET_POWER);
    fuzz_app_t before;
    memcpy(&before, bed.app, sizeof before);
    for (uint64_t id = only < 0 ? 0 : (uint64_t)only; id < count; id++) {
        bed_at("flip", id);
        dice_t d = dice_new(seed, id);
        size_t n = valid_line(&d, &fresh, line);
        const uint32_t bits = (uint32_t)n * 8;
        const uint32_t first = dice(&d, bits);
        flip(line, first);
        if (dice(&d, 4) != 0) { /* a quarter single, a quarter with the second one in the CRC or the line end */
            uint32_t second;
            do {
                second = dice(&d, 3) == 0 ? bits - 1 - dice(&d, 56) : dice(&d, bits);
            } while (second == first);
            flip(line, second);
        }
        if (line[n - 1] != '\n' && dice(&d, 2) == 0) {
            n += valid_line(&d, &fresh, line + n);
        } else {
            line[n++] = '\n';
        }
        fuzz_port.out_bytes = 0;
        const char *fault = bed_send(&bed, line, n);
        for (size_t at = 0; fault == NULL && at < fuzz_port.out_bytes;) {
            const char *end = memchr(fuzz_port.out + at, '\n', fuzz_port.out_bytes - at);
            const size_t bytes = end == NULL ? fuzz_port.out_bytes - at : (size_t)(end - fuzz_port.out) - at + 1;
            fault = refused(fuzz_port.out + at, bytes) ? NULL : "it was accepted";
            at += bytes;
        }
        if (fault == NULL && memcmp(&before, bed.app, sizeof before) != 0) {
            fault = "it changed the app's state";
        }
        if (fault != NULL) {
            printf("FAILED seed %" PRIu64 " flip %" PRIu64 ": %s\nreplay: --seed %" PRIu64 " --flips %" PRIu64 " --only %" PRIu64
                   "\nline %.*s\nsaid %.*s\n",
                   seed, id, fault, seed, count, id, (int)n, (const char *)line, (int)fuzz_port.out_bytes, fuzz_port.out);
            return 1;
        }
        if (only >= 0) {
            break;
        }
    }
    bed_free(&bed);
    printf("flips %" PRIu64 "\naccepted 0\n", only < 0 ? count : 1);
    return 0;
}
