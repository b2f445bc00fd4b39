/* The checker of loaded models: it trusts no byte. See model_blob.h for what it proves; model_blob_trees.c and model_blob_weights.c check what sections hold. */
#include <string.h>

#include "model_blob_tables.h"

uint32_t model_blob_crc(const uint8_t *bytes, uint32_t n)
{
    static const ROM uint32_t four_bits[16] = {
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
           (n_classes == 0 || n_outputs == 0) && n_classes <= MODEL_BLOB_WIDEST && n_outputs <= MODEL_BLOB_WIDEST &&
           fraction <= (n_classes != 0 ? 0 : 31) && name_is_good(bytes + MODEL_BLOB_AT_DATA);
}

/* The table lies within the n bytes, each section begins where the last one ended, and the last one ends at n. */
static bool sections_are_good(const uint8_t *bytes, uint32_t n, model_blob_part_t parts[MODEL_BLOB_TYPES])
{
    const uint16_t count = model_blob_u16(bytes + MODEL_BLOB_AT_SECTIONS);
    if (count >= MODEL_BLOB_TYPES || (n - MODEL_BLOB_HEADER) / MODEL_BLOB_ROW < count) {
        return false;
    }
    uint32_t next = MODEL_BLOB_HEADER + (uint32_t)count * MODEL_BLOB_ROW;
    uint16_t last = 0;
    for (uint16_t i = 0; i < count; i++) {
        const uint8_t *row = bytes + MODEL_BLOB_HEADER + (size_t)i * MODEL_BLOB_ROW;
        const uint16_t type = model_blob_u16(row);
        const uint32_t length = model_blob_u32(row + 8);
        if (type <= last || type >= MODEL_BLOB_TYPES || model_blob_u16(row + 2) != 0 ||
            model_blob_u32(row + 4) != next || length > n - next) {
            return false;
        }
        parts[type] = (model_blob_part_t){.at = bytes + next, .n = length};
        next += length;
        last = type;
    }
    return next == n;
}

/* Together the sections are a model that this image can hold. */
static bool kind_is_good(const model_blob_parts_t *self)
{
    const bool classifies = self->n_classes != 0;
    const bool scores = !classifies && self->n_outputs == 0;
    const bool trees = self->of[MODEL_BLOB_TREES].at != NULL;
    const bool shares = self->of[MODEL_BLOB_SHARES].at != NULL;
    const bool values = self->of[MODEL_BLOB_VALUES].at != NULL;
    const bool linear = self->of[MODEL_BLOB_LINEAR].at != NULL;
    const bool layers = self->of[MODEL_BLOB_LAYERS].at != NULL;
    const bool link = self->of[MODEL_BLOB_LINK].at != NULL;
    const bool votes = MODEL_BLOB_CAN(VOTES) && trees && shares && !values && !layers && !linear && classifies && !link;
    const bool sums = MODEL_BLOB_CAN(SUMS) && trees && !shares && values && !layers && !linear;
    const bool weights = MODEL_BLOB_CAN(LINEAR) && !trees && !shares && !values && linear && !scores &&
                         (MODEL_BLOB_CAN(LAYERS) || !layers);
    const bool answers = classifies ? MODEL_BLOB_CAN(CLASSIFY)
                         : scores   ? MODEL_BLOB_CAN(SCORE) && link
                                    : MODEL_BLOB_CAN(REGRESS) && !link;
    return (self->of[MODEL_BLOB_NAMES].at != NULL) == classifies && answers && (votes || sums || weights);
}

static bool names_are_good(model_blob_part_t names, uint8_t n_classes)
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

model_blob_status_t model_blob_check(const uint8_t *bytes, uint32_t n)
{
    static const ROM uint8_t magic[MODEL_BLOB_AT_CRC] = {'f', 'm', 'b', 'l'};
    model_blob_parts_t parts;
    if (n < MODEL_BLOB_HEADER) {
        return MODEL_BLOB_BAD_MAGIC;
    }
    for (uint8_t i = 0; i < MODEL_BLOB_AT_CRC; i++) {
        if (bytes[i] != magic[i]) {
            return MODEL_BLOB_BAD_MAGIC;
        }
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
    memset(&parts, 0, sizeof parts);
    parts.n_features = model_blob_u16(bytes + MODEL_BLOB_AT_FEATURES);
    parts.n_classes = bytes[MODEL_BLOB_AT_CLASSES];
    parts.n_outputs = bytes[MODEL_BLOB_AT_OUTPUTS];
    if (!sections_are_good(bytes, n, parts.of) || !kind_is_good(&parts)) {
        return MODEL_BLOB_BAD_SECTIONS;
    }
    if (parts.n_classes != 0 && !names_are_good(parts.of[MODEL_BLOB_NAMES], parts.n_classes)) {
        return MODEL_BLOB_BAD_NAMES;
    }
    if (!model_blob_link_is_good(&parts)) {
        return MODEL_BLOB_BAD_LINK;
    }
    if (MODEL_BLOB_CAN(LINEAR) && parts.of[MODEL_BLOB_LINEAR].at != NULL) {
        return model_blob_weights_are_good(&parts) ? MODEL_BLOB_GOOD : MODEL_BLOB_BAD_ROWS;
    }
    return MODEL_BLOB_CAN(VOTES) || MODEL_BLOB_CAN(SUMS) ? model_blob_trees(&parts) : MODEL_BLOB_BAD_SECTIONS;
}
