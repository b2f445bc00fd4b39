/* The checker of a loaded model's weights, of hidden layers and of sums, and of what is made of sums. See model_blob.h for what it proves. */
#include "model_blob_tables.h"

typedef model_blob_part_t part_t;

/* No sum of `n_out` leaves int32, whatever the inputs. */
static bool weights_fit(const uint8_t *bias, uint8_t n_out, const uint8_t *weight, uint16_t n_in)
{
    for (uint8_t k = 0; k < n_out; k++) {
        uint32_t reach = model_blob_magnitude(bias, 4);
        for (uint16_t i = 0; i < n_in; i++) {
            reach = model_blob_reach(reach, model_blob_magnitude(weight, 2) << 15);
            weight += 2;
        }
        if (reach > INT32_MAX) {
            return false;
        }
        bias += 4;
    }
    return true;
}

/* `n_inputs` is what comes in, and then what the last layer gives. */
static bool layers_are_good(part_t layers, uint16_t *n_inputs)
{
    if (layers.n < MODEL_BLOB_LAYERS_HEAD || layers.at[0] == 0 || layers.at[1] != 0) {
        return false;
    }
    const uint8_t *layer = layers.at + MODEL_BLOB_LAYERS_HEAD;
    uint32_t left = layers.n - MODEL_BLOB_LAYERS_HEAD;
    for (uint8_t i = 0; i < layers.at[0]; i++) {
        if (left < MODEL_BLOB_LAYER_HEAD) {
            return false;
        }
        const uint8_t n_out = layer[0];
        const uint8_t fine = layer[3];
        const uint16_t n_in = model_blob_u16(layer + 4);
        const uint32_t size = MODEL_BLOB_LAYER_HEAD + n_out * (4U + 2U * (uint32_t)n_in);
        const bool formed = layer[1] == 0 ? fine == 0 : layer[1] == 1 && fine != 0 && fine <= MODEL_BLOB_FINEST;
        if (n_out == 0 || n_out > MODEL_BLOB_WIDEST || !formed || layer[2] > 31 || n_in == 0 || n_in > *n_inputs || left < size) {
            return false;
        }
        const uint8_t *const bias = layer + MODEL_BLOB_LAYER_HEAD;
        if (!weights_fit(bias, n_out, bias + 4U * (size_t)n_out, n_in)) {
            return false;
        }
        left -= size;
        layer += size;
        *n_inputs = n_out;
    }
    return left == 0;
}

static bool linear_is_good(const model_blob_parts_t *self, part_t linear, uint16_t n_inputs)
{
    if (linear.n < MODEL_BLOB_LINEAR_HEAD) {
        return false;
    }
    const uint8_t n_sums = linear.at[0];
    const uint16_t n_used = model_blob_u16(linear.at + 2);
    if (!model_blob_sums_are_right(self, n_sums) || linear.at[1] != 0 || n_used == 0 || n_used > n_inputs ||
        linear.n != MODEL_BLOB_LINEAR_HEAD + n_sums * (5U + 2U * (uint32_t)n_used)) {
        return false;
    }
    const uint8_t *const biases = linear.at + MODEL_BLOB_LINEAR_HEAD;
    const uint8_t *const shifts = biases + 4U * (size_t)n_sums;
    for (uint8_t k = 0; k < n_sums; k++) {
        if (shifts[k] > 31) {
            return false;
        }
    }
    return weights_fit(biases, n_sums, shifts + n_sums, n_used);
}

/* Its limit holds what compact_exp2 multiplies within 32 bits, and what it shifts by within 31. */
bool model_blob_link_is_good(const model_blob_parts_t *self)
{
    const part_t link = self->of[MODEL_BLOB_LINK];
    if (link.at == NULL) {
        return true;
    }
    if (link.n != MODEL_BLOB_LINK_BYTES) {
        return false;
    }
    const uint8_t coarser = link.at[0];
    const uint8_t shift = link.at[1];
    const uint16_t factor = model_blob_u16(link.at + 2);
    const uint32_t limit = model_blob_u32(link.at + 4);
    if (coarser > 31 || shift > 15 || factor == 0 || limit == 0 || ((limit - 1U) >> coarser) > UINT32_MAX / factor ||
        ((((limit - 1U) >> coarser) * factor) >> shift) >> 12 > 31) {
        return false;
    }
    const uint32_t offset = model_blob_magnitude(link.at + 8, 4);
    return offset <= (self->n_classes != 0 ? 0U : INT32_MAX - 32768U);
}

bool model_blob_weights_are_good(const model_blob_parts_t *self)
{
    const part_t layers = self->of[MODEL_BLOB_LAYERS];
    uint16_t n_inputs = self->n_features;
    if (MODEL_BLOB_CAN(LAYERS) && layers.at != NULL && !layers_are_good(layers, &n_inputs)) {
        return false;
    }
    return linear_is_good(self, self->of[MODEL_BLOB_LINEAR], n_inputs);
}
