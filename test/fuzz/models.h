/* Models that are known to be good, made from the format's text (lib/model/model_blob.h): linear ones for an app with three classes. */
#ifndef MODELS_H
#define MODELS_H

#include <stdbool.h>
#include <stdint.h>

enum { MODELS = 3, MODELS_BYTES = 192 };

typedef struct {
    uint8_t bytes[MODELS_BYTES];
    uint32_t n; /* no two have the same */
    uint32_t crc;
    const char *data;
    bool fits; /* it is one for the fuzzer's app */
} models_t;

const models_t *models_at(uint32_t place); /* 0 … MODELS - 1 */
const models_t *models_of(uint32_t n);     /* the one of so many bytes, or NULL */

#endif
