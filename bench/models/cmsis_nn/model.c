/* Three fully connected layers of CMSIS-NN in int8, and the place of the largest output. */
#include "case.h"

#include "arm_nnfunctions.h"
#include "peer.h"

FEATURE features[N];
ANSWER answer;

static int8_t hidden1[W1], hidden2[W2], outputs[CLASSES];

typedef struct {
    int32_t inputs, units, input_offset, output_offset, multiplier, shift, least;
    const int8_t *weights;
    const int32_t *biases;
} layer_t;

static void dense(const layer_t *layer, const int8_t *in, int8_t *out)
{
    const cmsis_nn_context none = {NULL, 0};
    const cmsis_nn_fc_params params = {layer->input_offset, 0, layer->output_offset, {layer->least, 127}};
    const cmsis_nn_per_tensor_quant_params scale = {layer->multiplier, layer->shift};
    const cmsis_nn_dims in_dims = {1, 1, 1, layer->inputs}, filter = {layer->inputs, 1, 1, layer->units};
    const cmsis_nn_dims bias = {1, 1, 1, layer->units}, out_dims = {1, 1, 1, layer->units};
    (void)arm_fully_connected_s8(
        &none, &params, &scale, &in_dims, in, &filter, layer->weights, &bias, layer->biases, &out_dims, out);
}

void setup(void) {}

void run(void)
{
    static const layer_t layers[] = {LAYERS};
    dense(&layers[0], features, hidden1);
    dense(&layers[1], hidden1, hidden2);
    dense(&layers[2], hidden2, outputs);
    int best = 0;
    for (int i = 1; i < CLASSES; i++) {
        best = outputs[i] > outputs[best] ? i : best;
    }
    answer = best;
}
