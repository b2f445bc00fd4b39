/* fuzz_blob SEED FROM COUNT FILE…: spoils good models COUNT times, and asks each that the checker lets through.
 *
 * Everything that the checker or the walker may touch lies in memory of its exact size, so that a sanitizer sees one byte beyond.
 * Case I depends on SEED and I only: `fuzz_blob SEED I 1 FILE…` replays it. */
#include <inttypes.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "blob_dice.h"
#include "blob_files.h"
#include "model_blob.h"

enum { ROWS = 3, STATUSES = MODEL_BLOB_BAD_LINK + 1, PATIENCE_S = 5 };

static uint64_t at_case;

static void hangs(int number)
{
    (void)number;
    printf("FAILED case %" PRIu64 ": it does not end\n", at_case);
    fflush(stdout);
    _exit(1);
}

static void fail(const char *why)
{
    printf("FAILED case %" PRIu64 ": %s\n", at_case, why);
    fflush(stdout);
    abort();
}

static void put(uint8_t *at, uint32_t value, uint32_t bytes)
{
    for (uint32_t i = 0; i < bytes; i++) {
        at[i] = (uint8_t)(value >> (8 * i));
    }
}

/* The row of a section, one of those that the blob says it has, as far as it holds them. */
static uint32_t section(uint64_t *d, const uint8_t *bytes, uint32_t n)
{
    const uint32_t says = n >= MODEL_BLOB_HEADER ? model_blob_u16(bytes + MODEL_BLOB_AT_SECTIONS) : 1;
    return MODEL_BLOB_HEADER + MODEL_BLOB_ROW * blob_dice(d, says != 0 && says < MODEL_BLOB_TYPES ? says : 1);
}

/* Half of the places lie in the header, the table of sections and the heads of sections: there is little of those. */
static uint32_t place(uint64_t *d, const uint8_t *bytes, uint32_t n)
{
    const uint32_t kind = blob_dice(d, 4);
    uint32_t where = blob_dice(d, n);
    if (kind == 0) {
        where = blob_dice(d, 2) != 0 ? blob_dice(d, MODEL_BLOB_HEADER) : section(d, bytes, n) + blob_dice(d, MODEL_BLOB_ROW);
    } else if (kind == 1) {
        const uint32_t row = section(d, bytes, n);
        where = row + MODEL_BLOB_ROW <= n ? model_blob_u32(bytes + row + 4) + blob_dice(d, 12) : where;
    }
    return where < n ? where : n - 1;
}

/* One section ends earlier or later, and the next begins there: as a writer with a wrong size would have it. */
static void move_border(uint64_t *d, uint8_t *bytes, uint32_t n)
{
    const uint32_t at = section(d, bytes, n);
    uint8_t *row = bytes + at;
    if (at + 2U * MODEL_BLOB_ROW > n) {
        return;
    }
    const uint32_t first = model_blob_u32(row + 8);
    const uint32_t second = model_blob_u32(row + MODEL_BLOB_ROW + 8);
    const uint32_t keep = blob_dice(d, 2) != 0 ? blob_dice(d, 8) : first + blob_dice(d, 5) - 2U;
    const uint32_t to = blob_dice(d, 2) != 0 ? keep : first + second - blob_dice(d, 8);
    put(row + 8, to, 4);
    put(row + MODEL_BLOB_ROW + 4, model_blob_u32(row + 4) + to, 4);
    put(row + MODEL_BLOB_ROW + 8, first + second - to, 4);
}

/* A section loses its last bytes, all after it moves up, and half of the time a count at its head knows: a table that is one row short.
 * Returns the bytes that are left. */
static uint32_t drop(uint64_t *d, uint8_t *bytes, uint32_t n)
{
    const uint32_t at = section(d, bytes, n);
    const uint32_t less = 1U + blob_dice(d, 8);
    if (at + MODEL_BLOB_ROW > n) {
        return n;
    }
    const uint32_t from = model_blob_u32(bytes + at + 4);
    const uint32_t size = model_blob_u32(bytes + at + 8);
    if (from > n || size > n - from || size < less + 4U) {
        return n;
    }
    memmove(bytes + from + size - less, bytes + from + size, n - from - size);
    put(bytes + at + 8, size - less, 4);
    for (uint32_t row = MODEL_BLOB_HEADER; row + MODEL_BLOB_ROW <= n - less && row < from; row += MODEL_BLOB_ROW) {
        const uint32_t begins = model_blob_u32(bytes + row + 4);
        put(bytes + row + 4, begins >= from + size ? begins - less : begins, 4);
    }
    const uint32_t count = from + 2U * blob_dice(d, 2);
    if (blob_dice(d, 2) != 0) {
        put(bytes + count, model_blob_u16(bytes + count) - 1U, 2);
    }
    return n - less;
}

static void spoil(uint64_t *d, uint8_t *bytes, uint32_t n)
{
    static const uint32_t edges[] = {0, 1, 2, 3, 4, 6, 63, 64, 65, 127, 128, 254, 255, 256, 32767, 32768, 65535, 0x7FFFFFFF, 0x80000000U, 0xFFFFFFFFU};
    const uint32_t where = place(d, bytes, n);
    const uint32_t width = 1U << blob_dice(d, 3);
    const uint32_t fits = width <= n - where ? width : 1;
    switch (blob_dice(d, 6)) {
    case 0:
        bytes[where] ^= (uint8_t)(1U << blob_dice(d, 8));
        break;
    case 1:
        put(bytes + where, edges[blob_dice(d, sizeof edges / sizeof edges[0])], fits);
        break;
    case 2:
        put(bytes + where, model_blob_u32(bytes + (where + 4 <= n ? where : n - 4)) + blob_dice(d, 7) - 3U, fits);
        break;
    case 3:
        bytes[where] = (uint8_t)blob_dice(d, 256);
        break;
    case 4:
        move_border(d, bytes, n);
        break;
    default: {
        const uint32_t from = blob_dice(d, n);
        const uint32_t longest = n - (from > where ? from : where);
        memmove(bytes + where, bytes + from, longest < 8 ? longest : 8);
    }
    }
}

static void ask(const uint8_t *bytes, uint64_t *d, uint32_t *walks)
{
    model_blob_t *blob = malloc(sizeof *blob);
    model_blob_open(blob, bytes);
    const model_t *model = &blob->model;
    int16_t *features = malloc(model->n_features * sizeof *features);
    uint8_t *proba = malloc(model->n_classes + 1U);
    int32_t *outputs = malloc((model->n_outputs + 1U) * sizeof *outputs);
    for (int row = 0; row < ROWS; row++) {
        for (uint16_t i = 0; i < model->n_features; i++) {
            features[i] = (int16_t)(blob_dice(d, 65536) - 32768U);
        }
        if (model->classify != NULL) {
            proba[model->n_classes] = 0xA5;
            const uint8_t with = model->classify(model, features, proba);
            if (with >= model->n_classes || with != model->classify(model, features, NULL) || proba[model->n_classes] != 0xA5) {
                fail("a class beyond the last one, or another without probabilities");
            }
        } else if (model->score != NULL) {
            (void)model->score(model, features);
        } else {
            outputs[model->n_outputs] = 0x5A5A5A5A;
            model->regress(model, features, outputs);
            if (outputs[model->n_outputs] != 0x5A5A5A5A) {
                fail("it wrote beyond its outputs");
            }
        }
        ++*walks;
    }
    free(outputs);
    free(proba);
    free(features);
    free(blob);
}

int main(int argc, char **argv)
{
    static blob_file_t files[BLOB_FILES];
    uint32_t found[STATUSES] = {0};
    uint32_t walks = 0;
    uint32_t repaired = 0;
    if (argc < 5) {
        fprintf(stderr, "fuzz_blob SEED FROM COUNT FILE...\n");
        return 2;
    }
    const uint64_t seed = strtoull(argv[1], NULL, 10);
    const uint64_t from = strtoull(argv[2], NULL, 10);
    const uint64_t to = from + strtoull(argv[3], NULL, 10);
    const uint32_t n_files = (uint32_t)blob_files(files, argc - 4, argv + 4);
    (void)signal(SIGALRM, hangs);
    for (at_case = from; at_case < to; at_case++) {
        uint64_t d = (seed * 0x9E3779B97F4A7C15U) ^ (at_case * 0xBF58476D1CE4E5B9U) ^ 0x2545F4914F6CDD1DU;
        (void)blob_dice(&d, 1);
        const blob_file_t *good = &files[blob_dice(&d, n_files)];
        uint32_t n = blob_dice(&d, 16) == 0 ? blob_dice(&d, good->n + 64) : good->n; /* cut short, or with a tail */
        uint8_t *bytes = calloc(n + 1U, 1);
        bytes = realloc(bytes, n != 0 ? n : 1);
        memcpy(bytes, good->bytes, n < good->n ? n : good->n);
        for (uint32_t times = blob_dice(&d, 5); times > 0 && n > 4; times--) {
            spoil(&d, bytes, n);
        }
        if (n >= MODEL_BLOB_HEADER && blob_dice(&d, 16) == 0) {
            n = drop(&d, bytes, n);
            bytes = realloc(bytes, n);
        }
        if (n >= MODEL_BLOB_HEADER && blob_dice(&d, 100) < 92) {
            repaired++;
            if (blob_dice(&d, 8) != 0) {
                memcpy(bytes, "fmbl", 4);
                put(bytes + MODEL_BLOB_AT_BYTES, n, 4);
                put(bytes + MODEL_BLOB_AT_VERSION, MODEL_BLOB_VERSION, 2);
            }
            put(bytes + MODEL_BLOB_AT_CRC, model_blob_crc(bytes + MODEL_BLOB_AT_BYTES, n - MODEL_BLOB_AT_BYTES), 4);
        }
        (void)alarm(PATIENCE_S);
        const model_blob_status_t status = model_blob_check(bytes, n);
        found[status]++;
        if (status == MODEL_BLOB_GOOD) {
            ask(bytes, &d, &walks);
        }
        free(bytes);
    }
    printf("cases %" PRIu64 "\nrepaired %" PRIu32 "\nwalks %" PRIu32 "\n", to - from, repaired, walks);
    for (int i = 0; i < STATUSES; i++) {
        printf("status_%d %" PRIu32 "\n", i, found[i]);
    }
    return 0;
}
