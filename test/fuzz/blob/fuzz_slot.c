/* fuzz_slot SEED COUNT FILE…: COUNT `load` lines, most of them in order, to a slot. After each the model in use must be whole: the
 * app's own, or a good one that was sent whole. */
#include <inttypes.h>
#include <string.h>

#include "blob_dice.h"
#include "blob_files.h"
#include "node_slot.h"

enum { LINE_BYTES = 640, CODED_BYTES = 512, CHUNK = 300, ERROR_KINDS = ERRORS };

static const char DIGITS[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/* Standard base64 of `n` bytes, ended by NUL. */
static void base64(const uint8_t *bytes, uint32_t n, char *to)
{
    for (uint32_t i = 0; i < n; i += 3) {
        uint8_t three[3] = {0, 0, 0};
        const uint32_t has = n - i < 3 ? n - i : 3;
        memcpy(three, bytes + i, has);
        const uint32_t group = (uint32_t)three[0] << 16 | (uint32_t)three[1] << 8 | three[2];
        for (uint32_t k = 0; k < 4; k++) {
            *to++ = k <= has ? DIGITS[group >> (18 - 6 * k) & 63U] : '=';
        }
    }
    *to = '\0';
}

static void fail(uint64_t line, const char *text, const char *why)
{
    printf("FAILED line %" PRIu64 " (%s): %s\n", line, text, why);
    exit(1);
}

int main(int argc, char **argv)
{
    static blob_file_t files[BLOB_FILES];
    uint32_t outcomes[ERROR_KINDS] = {0};
    uint32_t swapped = 0;
    if (argc < 4) {
        fprintf(stderr, "fuzz_slot SEED COUNT FILE...\n");
        return 2;
    }
    uint64_t d = strtoull(argv[1], NULL, 10) * 0x9E3779B97F4A7C15U + 1U;
    const uint64_t count = strtoull(argv[2], NULL, 10);
    const uint32_t n_files = (uint32_t)blob_files(files, argc - 3, argv + 3);
    model_blob_t own; /* the app's own model is the first file's */
    model_blob_open(&own, files[0].bytes);
    const app_t app = {.model = &own.model, .n_features = (uint8_t)own.model.n_features};
    node_slot_t *slot = calloc(1, sizeof *slot);
    node_slot_init(slot);
    blob_file_t sent = files[0];
    uint32_t at = 0;
    bool whole = true; /* what was sent is a file as it is */
    for (uint64_t i = 0; i < count; i++) {
        char line[LINE_BYTES];
        char shown[LINE_BYTES];
        uint32_t want = 0;
        uint32_t step = blob_dice(&d, 100);
        if (step < 4) {
            node_slot_init(slot);
        }
        if (step < 8 || (at == 0 && step >= 30)) {
            sent = files[blob_dice(&d, n_files)];
            whole = blob_dice(&d, 3) != 0;
            if (!whole) {
                sent.bytes[blob_dice(&d, sent.n)] ^= (uint8_t)(1U << blob_dice(&d, 8));
            }
            const uint32_t n = blob_dice(&d, 20) == 0 ? blob_dice(&d, 3 * NODE_MODEL_SLOT) : sent.n;
            snprintf(line, sizeof line, "begin %" PRIu32, n);
            at = 1; /* the next byte to send, from 1 on; 0 is before `begin` */
        } else if (step < 12) {
            const char *odd[] = {"", "x", "begin", "begin 0", "begin -1", "data", "data 0", "data x AAAA", "commit 1", "commit", "data 4294967295 AAAA",
                                 "data 0 AAA", "data 1 AAAA", "begin 4294967296", "begin 8 8", " commit", "data 0 AAAA AAAA"};
            snprintf(line, sizeof line, "%s", odd[blob_dice(&d, sizeof odd / sizeof odd[0])]);
        } else if (step >= 16 && (at == 0 || at - 1 >= sent.n)) {
            snprintf(line, sizeof line, "commit");
            at = 0;
        } else {
            uint32_t from = at != 0 ? at - 1 : 0;
            uint32_t n = sent.n - from < CHUNK ? sent.n - from : 1 + blob_dice(&d, CHUNK);
            char coded[CODED_BYTES];
            if (step < 16) {
                from = blob_dice(&d, 2) != 0 && slot->next < sent.n ? slot->next : blob_dice(&d, sent.n); /* out of order */
                n = n == 0 ? 1 : n;
                n = sent.n - from < n ? sent.n - from : n;
            } else {
                at += n;
            }
            base64(sent.bytes + from, n, coded);
            snprintf(line, sizeof line, "data %" PRIu32 " %s", from, coded);
        }
        memcpy(shown, line, sizeof shown);
        const node_error_t error = node_slot_load(slot, &app, line[0] == '\0' ? NULL : line, &want);
        outcomes[error]++;
        if (slot->changed) {
            slot->changed = false;
            swapped++;
        }
        const model_t *model = node_slot_model(slot, &own.model);
        bool known = model->content == &own;
        for (uint32_t f = 0; f < n_files && !known; f++) {
            const uint8_t *bytes = slot->memory + (slot->low ? 0 : NODE_MODEL_SLOT - slot->used);
            known = slot->used == files[f].n && memcmp(bytes, files[f].bytes, files[f].n) == 0;
        }
        if (!known) {
            fail(i, shown, "the model in use is none that was sent whole");
        }
    }
    free(slot);
    printf("lines %" PRIu64 "\nswapped %" PRIu32 "\n", count, swapped);
    for (int i = 0; i < ERROR_KINDS; i++) {
        printf("outcome_%d %" PRIu32 "\n", i, outcomes[i]);
    }
    return 0;
}
