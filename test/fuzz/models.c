/* Good models, byte by byte. */
#include "models.h"

#include <stddef.h>
#include <string.h>

enum { HEAD = 48, ROW = 12, SECTIONS = 2, NAME = 16, CLASSES = 3, LINEAR = 6, AT_CRC = 4, AT_BYTES = 8 };

static uint8_t *put(uint8_t *at, uint32_t value, uint32_t bytes)
{
    for (uint32_t i = 0; i < bytes; i++) {
        *at++ = (uint8_t)(value >> (8 * i));
    }
    return at;
}

/* CRC-32 of IEEE 802.3, bit by bit. */
static uint32_t crc32(const uint8_t *bytes, uint32_t n)
{
    uint32_t crc = 0xFFFFFFFFU;
    for (uint32_t i = 0; i < n; i++) {
        crc ^= bytes[i];
        for (int bit = 0; bit < 8; bit++) {
            crc = (crc & 1U) != 0 ? crc >> 1 ^ 0xEDB88320U : crc >> 1;
        }
    }
    return ~crc;
}

static void make(models_t *self, const char *data, uint32_t rate_hz, uint32_t used)
{
    static const char *const NAMES[CLASSES] = {"lying", "standing", "fifteen_letters"};
    const uint32_t linear = 4 + CLASSES * (4 + 1 + 2 * used);
    const uint32_t names_at = HEAD + SECTIONS * ROW;
    const uint32_t linear_at = names_at + CLASSES * NAME;
    self->n = linear_at + linear;
    self->data = data;
    uint8_t *at = self->bytes;
    memcpy(at, "fmbl", 4);
    at = put(self->bytes + AT_BYTES, self->n, 4);
    at = put(at, 2, 2); /* version */
    at = put(at, SECTIONS, 2);
    at = put(at, rate_hz, 4);
    at = put(at, 4, 2); /* features */
    at = put(at, CLASSES, 1);
    memcpy(self->bytes + HEAD - NAME, data, strlen(data));
    at = put(self->bytes + HEAD, 1, 4);
    at = put(put(at, names_at, 4), CLASSES * NAME, 4);
    at = put(at, LINEAR, 4);
    at = put(put(at, linear_at, 4), linear, 4);
    for (uint32_t c = 0; c < CLASSES; c++) {
        memcpy(at + NAME * c, NAMES[c], strlen(NAMES[c]));
    }
    at = put(put(self->bytes + linear_at, CLASSES, 2), used, 2);
    at = put(at + CLASSES * 4, 0, CLASSES); /* biases of 0, shifts of 0 */
    for (uint32_t i = 0; i < CLASSES * used; i++) {
        at = put(at, 1000 * i, 2);
    }
    self->crc = crc32(self->bytes + AT_BYTES, self->n - AT_BYTES);
    (void)put(self->bytes + AT_CRC, self->crc, 4);
}

const models_t *models_at(uint32_t place)
{
    static models_t models[MODELS];
    if (models[0].n == 0) {
        make(&models[0], "one", 50, 1);
        make(&models[1], "fifteen_models_", 50, 4);
        make(&models[2], "other", 51, 2);
        models[0].fits = models[1].fits = true;
    }
    return &models[place];
}

const models_t *models_of(uint32_t n)
{
    for (uint32_t i = 0; i < MODELS; i++) {
        if (models_at(i)->n == n) {
            return models_at(i);
        }
    }
    return NULL;
}
