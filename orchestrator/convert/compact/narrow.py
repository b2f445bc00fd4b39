"""Networks whose sums are int16 and inputs uint8, for the kernels of lib/compact/compact_mlp.h that do two MACs a multiply."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from orchestrator.convert.compact.squash import logistic
from orchestrator.convert.ctext import array

STRIDE = 4  # CPU_STEPS_STRIDE
SQUASH_FINE = 5  # COMPACT_MLP_FINE: 128 steps a unit


@dataclass(frozen=True)
class Inputs:
    """The first layer's: (x − low + half a step) >> shift, held to 0 … most. int64 [n_features] each; `most` is one for all, and
    `limit` what x − low is held to where lows and shifts are one for all."""

    lows: np.ndarray
    shifts: np.ndarray
    most: int
    limit: int
    live: np.ndarray  # bool: features that varied; the others are held to what they were

    def values(self, X: np.ndarray) -> np.ndarray:
        """The integers of int16 rows."""
        half = np.where(self.shifts > 0, 1 << np.maximum(self.shifts - 1, 0), 0)
        return np.clip((X.astype(np.int64) - self.lows + half) >> self.shifts, 0, self.most)

    @property
    def common(self) -> bool:
        """Whether one low and one shift serve all."""
        return len(set(self.lows.tolist())) == 1 and len(set(self.shifts.tolist())) == 1


@dataclass(frozen=True)
class Layer:
    """Integer weights [n_out, n_in] and biases [n_out]; sums are z · scale. After a hidden layer: `activation`, then 0 … most."""

    weights: np.ndarray
    biases: np.ndarray
    scale: np.ndarray
    activation: str
    shift: int = 0
    most: int = 0

    def sums(self, v: np.ndarray) -> np.ndarray:
        """Exact sums of integer inputs."""
        return v @ self.weights.T + self.biases

    def outputs(self, v: np.ndarray) -> np.ndarray:
        """The next layer's inputs."""
        sums = self.sums(v)
        if self.activation == "relu":
            return np.clip(sums >> self.shift, 0, self.most)
        return (logistic(sums >> self.shift, SQUASH_FINE) * self.most + 16384) >> 15


@dataclass(frozen=True)
class Narrow:
    """A network of integers; `scale` is that of its last sums."""

    bits: int
    inputs: Inputs
    layers: tuple[Layer, ...]

    @property
    def scale(self) -> float:
        """Of the last layer, the same for each of its units."""
        return float(self.layers[-1].scale[0])

    def scores(self, X: np.ndarray) -> np.ndarray:
        """The last sums, int64 [n, n_outputs]."""
        v = self.inputs.values(X)
        for layer in self.layers[:-1]:
            v = layer.outputs(v)
        return self.layers[-1].sums(v)


def padded(n: int) -> int:
    """So many inputs filled up to a whole number of steps of the kernels' loops."""
    return -(-n // STRIDE) * STRIDE


def table(layer: Layer, bits: int) -> list[int]:
    """The words of a layer as compact_mlp_run wants them."""
    n_out, n_in = layer.weights.shape
    groups = -(-n_out // 4)
    weights = np.zeros((4 * groups, n_in), dtype=np.int64)
    biases = np.zeros(4 * groups, dtype=np.int64)
    weights[:n_out], biases[:n_out] = layer.weights, layer.biases
    fill = padded(n_in) - n_in
    found = []
    for b, w in zip(biases.reshape(-1, 4), weights.reshape(groups, 4, n_in), strict=True):
        if bits == 8:
            even, odd = b[0] + (b[2] << 16), b[1] + (b[3] << 16)
            four = w + 128
            found += [
                even + (odd << 8),
                odd,
                *(four[0] + (four[1] << 8) + (four[2] << 16) + (four[3] << 24)),
                *[0] * fill,
            ]
        else:
            for row in (b, *w.T, *np.zeros((fill, 4), dtype=np.int64)):
                found += [row[0] + (row[1] << 16), row[2] + (row[3] << 16)]
    return [int(word) % 2**32 for word in found]


def _beginning(name: str, inputs: Inputs, checked: bool) -> tuple[str, str, int]:
    """Tables of the first inputs, the statements that make `ready` and `total`, and the tables' bytes."""
    n = len(inputs.lows)
    if not inputs.common:
        text = array(f"{name}_lows", "int16_t", inputs.lows) + array(f"{name}_shifts", "uint8_t", inputs.shifts)
        call = f"compact_mlp_inputs_each(features, {n}, {name}_lows, {name}_shifts, {inputs.most}, inputs)"
        return text, f"const uint32_t total = {call};\n    const uint16_t *const ready = inputs;", 3 * n
    if checked and inputs.lows[0] == 0 and inputs.shifts[0] == 0 and n % STRIDE == 0:
        call = f"compact_mlp_direct(features, {n}, {inputs.most}, &total)"
        return "", f"uint32_t total = 0;\n    const uint16_t *const ready = {call};", 0
    return "", "const uint32_t total = 0;\n    const uint16_t *const ready = NULL;", 0


def code(name: str, net: Narrow, logs: str, n_classes: int, checked: bool) -> tuple[str, int]:
    """The C of a narrow classifier and the bytes of its tables. `checked`: features that are in range are taken where they are."""
    inputs, n_outputs = net.inputs, len(net.layers[-1].biases)
    shift, low = int(inputs.shifts[0]), int(inputs.lows[0])
    words = [word for layer in net.layers for word in table(layer, net.bits)]
    rows = [f"{{{len(inputs.lows)}, {shift if inputs.common else 0}, {inputs.most}}}"]
    for layer in net.layers[:-1]:
        squash = " | COMPACT_MLP_SQUASH" if layer.activation == "logistic" else ""
        rows.append(f"{{{len(layer.biases)}, {layer.shift}{squash}, {layer.most}}}")
    rows.append(f"{{{n_outputs}, 0, 0}}")
    before, begin, size = _beginning(name, inputs, checked)
    activations = {layer.activation for layer in net.layers[:-1]} | ({"relu"} if inputs.common else set())
    ragged = any(layer.weights.shape[1] % STRIDE for layer in net.layers)  # what fills up is multiplied by zeros
    widest = max(padded(layer.weights.shape[1]) for layer in net.layers)
    arguments = f"{net.bits}, {int('relu' in activations)}, {int('logistic' in activations)}, {name}_layers, {name}_words, features"
    half = (1 << shift) >> 1
    best = f"compact_best_of(sums, 2, {n_classes})" if n_outputs > 1 else "sums[0] > 0"
    text = f"""{before}{array(f"{name}_words", "uint32_t", words)}static const ROM compact_mlp_layer_t {name}_layers[] = {{{", ".join(rows)}}};

static SHARED void {name}_sums(const int16_t *features, int16_t *sums)
{{
    uint16_t inputs[{widest}]{" = {0}" if ragged else ""};
    {begin}
    compact_mlp_run({arguments}, {low - half if inputs.common else 0}, ready, total, inputs, sums);
}}

static uint8_t {name}_classify(const ROM model_t *self, const int16_t *features, uint8_t *proba)
{{
    int16_t sums[{max(padded(len(layer.biases)) for layer in net.layers)}];
    (void)self;
    {name}_sums(features, sums);
    const uint8_t best = {best};
    if (proba != NULL) {{
        int32_t scores[{n_classes}];
        scores[0] = 0;
        for (uint_fast8_t i = 0; i < {n_outputs}; i++) {{
            scores[{n_classes - n_outputs} + i] = sums[i];
        }}
        compact_shares(scores, {n_classes}, scores[best], (compact_logs_t){logs}, proba);
    }}
    return best;
}}
"""
    return text, size + 4 * len(words) + 4 * len(rows)
