/* The checker of loaded models: it trusts no byte. See model_blob.h for what it proves. */
#include "model_blob.h"

#include <stdbool.h>
#include <string.h>

#ifdef ROM_MAPPED

enum { TYPES = MODEL_BLOB_VALUES + 1 };

/* A section: where it is, and how long. */
typedef struct {
    const uint8_t *at;
    uint32_t n;
} part_t;

uint32_t model_blob_crc(const uint8_t *bytes, uint32_t n)
{
    static const uint32_t four_bits[16] = {
        0x00000000U, 0x1DB71064U, 0x3B6E20C8U, 0x26D930ACU, 0x76DC4190U, 0x6B6B51F4U,
        0x4DB26158U, 0x5005713CU, 0xEDB88320U, 0xF00F9344U, 0xD6D6A3E8U, 0xCB61B38CU,
        0x9B64C2B0U, 0x86D3D2D4U, 0xA00AE278U, 0xBDBDF21CU,
    };
    uint32_t crc = 0xFFFFFFFFU;
    for (uint32_t i = 0; i < n; i++) {
        crc ^= bytes[i];
        crc = (crc >> 4) ^ four_bits[crc & 15U];
        crc = (crc >> 4) ^ four_bits[crc & 15U];
    }
    return ~crc;
}

/* A name of 16 bytes: printable ASCII that needs no escape in JSON, then zeros to the end. */
static bool name_is_good(const uint8_t *name)
{
    uint8_t n = 0;
    while (n < MODEL_NAME_BYTES && name[n] >= ' ' && name[n] <= '~' && name[n] != '"' && name[n] != '\\') {
        n++;
    }
    if (n == 0 || n == MODEL_NAME_BYTES) {
        return false;
    }
    while (n < MODEL_NAME_BYTES && name[n] == 0) {
        n++;
    }
    return n == MODEL_NAME_BYTES;
}

static bool facts_are_good(const uint8_t *bytes)
{
    const uint8_t n_classes = bytes[MODEL_BLOB_AT_CLASSES];
    const uint8_t n_outputs = bytes[MODEL_BLOB_AT_OUTPUTS];
    const uint8_t fraction = bytes[MODEL_BLOB_AT_FRACTION];
    for (uint8_t i = MODEL_BLOB_AT_ZERO; i < MODEL_BLOB_AT_DATA; i++) {
        if (bytes[i] != 0) {
            return false;
        }
    }
    return model_blob_u32(bytes + MODEL_BLOB_AT_RATE) != 0 && model_blob_u16(bytes + MODEL_BLOB_AT_FEATURES) != 0 &&
           (n_classes == 0) != (n_outputs == 0) && n_classes <= MODEL_BLOB_WIDEST && n_outputs <= MODEL_BLOB_WIDEST &&
           fraction <= (n_classes != 0 ? 0 : 31) && name_is_good(bytes + MODEL_BLOB_AT_DATA);
}

/* Fills `parts` by type. The table lies within the n bytes, each section begins where the last one ended, and the last one ends at n. */
static bool sections_are_good(const uint8_t *bytes, uint32_t n, part_t parts[TYPES])
{
    const uint16_t count = model_blob_u16(bytes + MODEL_BLOB_AT_SECTIONS);
    if (count >= TYPES || (n - MODEL_BLOB_HEADER) / MODEL_BLOB_ROW < count) {
        return false;
    }
    uint32_t next = MODEL_BLOB_HEADER + (uint32_t)count * MODEL_BLOB_ROW;
    uint16_t last = 0;
    for (uint16_t i = 0; i < count; i++) {
        const uint8_t *row = bytes + MODEL_BLOB_HEADER + (size_t)i * MODEL_BLOB_ROW;
        const uint16_t type = model_blob_u16(row);
        const uint32_t length = model_blob_u32(row + 8);
        if (type <= last || type >= TYPES || model_blob_u16(row + 2) != 0 || model_blob_u32(row + 4) != next ||
            length > n - next) {
            return false;
        }
        parts[type] = (part_t){.at = bytes + next, .n = length};
        next += length;
        last = type;
    }
    const bool classifies = bytes[MODEL_BLOB_AT_CLASSES] != 0;
    return next == n && parts[MODEL_BLOB_TREES].at != NULL && (parts[MODEL_BLOB_NAMES].at != NULL) == classifies &&
           (parts[MODEL_BLOB_SHARES].at != NULL) == classifies && (parts[MODEL_BLOB_VALUES].at != NULL) != classifies;
}

static bool names_are_good(part_t names, uint8_t n_classes)
{
    if (names.n != (uint32_t)n_classes * MODEL_NAME_BYTES) {
        return false;
    }
    for (uint8_t c = 0; c < n_classes; c++) {
        if (!name_is_good(names.at + (size_t)c * MODEL_NAME_BYTES)) {
            return false;
        }
    }
    return true;
}

/* One tree of n splits: what the proof in model_blob.h asks of each. */
static bool tree_is_good(const uint8_t *split, uint8_t bytes, uint32_t n, uint16_t n_features)
{
    for (uint32_t place = 0; place < n; place++) {
        const uint16_t head = bytes == 4 ? split[2] : model_blob_u16(split + 2);
        const uint16_t link = bytes == 4 ? split[3] : model_blob_u16(split + 4);
        const uint32_t right = place + link;
        if (head >> MODEL_BLOB_FLAGS >= n_features || link == 0) {
            return false;
        }
        if ((head & MODEL_BLOB_LEFT_LEAF) == 0 && place + 1U >= n) {
            return false;
        }
        if ((head & MODEL_BLOB_RIGHT_LEAF) == 0 ? right >= n : right > n) {
            return false;
        }
        split += bytes;
    }
    return true;
}

/* The trees without their leaves' content, which begins at `*leaves`: as many as splits and trees. */
static bool trees_are_good(part_t trees, uint16_t n_features, part_t *leaves)
{
    if (trees.n < MODEL_BLOB_TREES_HEAD) {
        return false;
    }
    const uint16_t n_trees = model_blob_u16(trees.at);
    const uint8_t split_bytes = trees.at[2];
    const uint8_t leaf_bytes = trees.at[3];
    const uint32_t n_splits = model_blob_u32(trees.at + 4);
    if (n_trees == 0 || (split_bytes != 4 && split_bytes != 6) || (leaf_bytes != 1 && leaf_bytes != 2) ||
        n_splits > trees.n) { /* so that nothing below leaves 32 bits: trees.n is at most 2^24 */
        return false;
    }
    const uint32_t before = MODEL_BLOB_TREES_HEAD + 2U * (uint32_t)n_trees + n_splits * split_bytes;
    leaves->n = (n_splits + n_trees) * leaf_bytes;
    if (before + leaves->n != trees.n) {
        return false;
    }
    leaves->at = trees.at + before;
    const uint8_t *split = trees.at + MODEL_BLOB_TREES_HEAD + 2U * (size_t)n_trees;
    uint32_t left = n_splits;
    for (uint32_t tree = 0; tree < n_trees; tree++) {
        const uint16_t n = model_blob_u16(trees.at + MODEL_BLOB_TREES_HEAD + 2U * (size_t)tree);
        if (n > left || !tree_is_good(split, split_bytes, n, n_features)) {
            return false;
        }
        left -= n;
        split += (size_t)n * split_bytes;
    }
    return left == 0;
}

static bool leaves_are_good(part_t leaves, uint8_t leaf_bytes, uint32_t n_rows)
{
    for (uint32_t i = 0; i < leaves.n; i += leaf_bytes) {
        if ((leaf_bytes == 1 ? leaves.at[i] : model_blob_u16(leaves.at + i)) >= n_rows) {
            return false;
        }
    }
    return true;
}

static bool shares_are_good(part_t shares, uint8_t n_classes, uint16_t n_trees, uint32_t *n_rows)
{
    if (shares.n < MODEL_BLOB_SHARES_HEAD) {
        return false;
    }
    const uint16_t one = model_blob_u16(shares.at);
    const uint8_t bytes = shares.at[4];
    *n_rows = model_blob_u16(shares.at + 2);
    if (one == 0 || (bytes != 1 && bytes != 2) || shares.at[5] != 0 || (uint32_t)one * n_trees > MODEL_BLOB_VOTES ||
        shares.n != MODEL_BLOB_SHARES_HEAD + *n_rows * n_classes * bytes) {
        return false;
    }
    const uint8_t *at = shares.at + MODEL_BLOB_SHARES_HEAD;
    for (uint32_t row = 0; row < *n_rows; row++) {
        uint32_t sum = 0;
        for (uint8_t c = 0; c < n_classes; c++) {
            sum += bytes == 1 ? *at : model_blob_u16(at);
            at += bytes;
        }
        if (sum != one) {
            return false;
        }
    }
    return true;
}

/* |value| of n_values of `bytes` each, the largest. */
static uint32_t largest(const uint8_t *at, uint8_t bytes, uint32_t n_values)
{
    uint32_t most = 0;
    for (uint32_t i = 0; i < n_values; i++) {
        const uint32_t value = bytes == 2 ? (uint32_t)(int16_t)model_blob_u16(at) : model_blob_u32(at);
        const uint32_t magnitude = value > INT32_MAX ? 0U - value : value;
        most = magnitude > most ? magnitude : most;
        at += bytes;
    }
    return most;
}

static bool values_are_good(part_t values, uint8_t n_outputs, uint16_t n_trees, uint32_t *n_rows)
{
    if (values.n < MODEL_BLOB_VALUES_HEAD) {
        return false;
    }
    const uint8_t bytes = values.at[2];
    *n_rows = model_blob_u16(values.at);
    if ((bytes != 2 && bytes != 4) || values.at[3] != 0 ||
        values.n != MODEL_BLOB_VALUES_HEAD + n_outputs * (4U + *n_rows * bytes)) {
        return false;
    }
    const uint8_t *at = values.at + MODEL_BLOB_VALUES_HEAD;
    const uint32_t first = largest(at, 4, n_outputs);
    const uint32_t most = largest(at + 4U * (size_t)n_outputs, bytes, n_outputs * *n_rows);
    return first <= INT32_MAX && most <= (INT32_MAX - first) / n_trees;
}

model_blob_status_t model_blob_check(const uint8_t *bytes, uint32_t n)
{
    static const ROM uint8_t magic[4] = {'f', 'm', 'b', 'l'};
    part_t parts[TYPES];
    part_t leaves;
    uint32_t n_rows;
    memset(parts, 0, sizeof parts);
    if (n < MODEL_BLOB_HEADER || memcmp(bytes, magic, sizeof magic) != 0) {
        return MODEL_BLOB_BAD_MAGIC;
    }
    if (model_blob_u16(bytes + MODEL_BLOB_AT_VERSION) != MODEL_BLOB_VERSION) {
        return MODEL_BLOB_BAD_VERSION;
    }
    if (model_blob_u32(bytes + MODEL_BLOB_AT_BYTES) != n || n > MODEL_BLOB_MOST) {
        return MODEL_BLOB_BAD_BYTES;
    }
    if (model_blob_crc(bytes + MODEL_BLOB_AT_BYTES, n - MODEL_BLOB_AT_BYTES) != model_blob_u32(bytes + MODEL_BLOB_AT_CRC)) {
        return MODEL_BLOB_BAD_CRC;
    }
    if (!facts_are_good(bytes)) {
        return MODEL_BLOB_BAD_FACTS;
    }
    if (!sections_are_good(bytes, n, parts)) {
        return MODEL_BLOB_BAD_SECTIONS;
    }
    const uint8_t n_classes = bytes[MODEL_BLOB_AT_CLASSES];
    const uint8_t n_outputs = bytes[MODEL_BLOB_AT_OUTPUTS];
    if (n_classes != 0 && !names_are_good(parts[MODEL_BLOB_NAMES], n_classes)) {
        return MODEL_BLOB_BAD_NAMES;
    }
    const part_t trees = parts[MODEL_BLOB_TREES];
    if (!trees_are_good(trees, model_blob_u16(bytes + MODEL_BLOB_AT_FEATURES), &leaves)) {
        return MODEL_BLOB_BAD_TREES;
    }
    const uint16_t n_trees = model_blob_u16(trees.at);
    if (n_classes != 0 ? !shares_are_good(parts[MODEL_BLOB_SHARES], n_classes, n_trees, &n_rows)
                       : !values_are_good(parts[MODEL_BLOB_VALUES], n_outputs, n_trees, &n_rows)) {
        return MODEL_BLOB_BAD_ROWS;
    }
    return leaves_are_good(leaves, trees.at[3], n_classes + n_rows) ? MODEL_BLOB_GOOD : MODEL_BLOB_BAD_LEAVES;
}

#endif
