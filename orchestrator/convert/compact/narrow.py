"""Networks whose sums are int16 and inputs uint8, for the kernels of lib/compact/compact_mlp.h that do two MACs a multiply."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from orchestrator.convert.compact.layers import Dense
from orchestrator.convert.compact.squash import logistic
from orchestrator.convert.ctext import array

STRIDE = 4  # COMPACT_MLP_STRIDE
ROOM = 32767  # of a sum
CANDIDATES = (15, 23, 31, 47, 63, 95, 127, 191, 255)  # largest inputs of a hidden layer to try
TRIED = 300  # combinations
ROWS = 600  # calibration rows that choose between them
HEADROOM = 1.1  # of a hidden unit's range over the calibration rows
SQUASH_FINE = 5  # bits of a line's fraction in the logistic function: 128 steps a unit


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


def inputs_for(X: np.ndarray, bits: int, common: bool) -> Inputs:
    """Features to so many bits, over the range of the calibration rows."""
    low, high = X.min(axis=0).astype(np.int64), X.max(axis=0).astype(np.int64)
    live = high > low
    if common:
        low, high = np.full_like(low, low.min()), np.full_like(high, high.max())
    shifts = np.zeros_like(low)
    while (over := ((high - low) >> shifts) >= 1 << bits).any():
        shifts[over] += 1
    half = np.where(shifts > 0, 1 << np.maximum(shifts - 1, 0), 0)
    while (((high - low + half) >> shifts) > 255).any():  # 255.5 rounds up
        high = high - 1
    return Inputs(low, shifts, int(((high - low + half) >> shifts).max()), int((high - low).max()), live)


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


def _fits(weights: np.ndarray, biases: np.ndarray, most: np.ndarray) -> np.ndarray:
    """Whether no inputs from 0 to `most` take a unit's sum out of int16; [n_out]."""
    high = np.maximum(weights, 0) @ most + biases
    low = np.minimum(weights, 0) @ most + biases
    return (high <= ROOM) & (low >= -ROOM - 1) & (np.abs(biases) <= ROOM)


def integers(
    W: np.ndarray, b: np.ndarray, scale: np.ndarray, most: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Weights and biases at the largest scales up to `scale` [n_out] that fit."""
    scale = scale.astype(float).copy()
    while True:
        weights, biases = np.rint(W * scale[:, None]).astype(np.int64), np.rint(b * scale).astype(np.int64)
        fine = _fits(weights, biases, most)
        if fine.all():
            return weights, biases, scale
        scale[~fine] *= 0.995


def _largest(W: np.ndarray, b: np.ndarray, most: np.ndarray, limit: int) -> np.ndarray:
    """The largest scale of each unit, rounding aside."""
    reach = np.maximum(np.maximum(W, 0) @ most + b, np.maximum(-W, 0) @ most - b)
    reach = np.maximum(np.maximum(reach, np.abs(b)), 1e-12)
    return np.minimum(ROOM / reach, limit / np.maximum(np.abs(W).max(axis=1), 1e-12))


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


def _hidden(
    dense: Dense, W: np.ndarray, b: np.ndarray, v: np.ndarray, most: np.ndarray, top: int, limit: int
) -> Layer | None:
    """A hidden layer, its outputs up to `top`; None where its scale would be too coarse."""
    scale = _largest(W, b, most, limit)
    if dense.activation == "relu":
        weights, biases, scale = integers(W, b, scale, most)
        reached = (v @ weights.T + biases).max(axis=0)
        wanted = max(int(reached.max() * HEADROOM), 1)
        shift = 0
        while wanted >> shift > top:
            shift += 1
        half = 1 << (shift - 1) if shift else 0
        weights, biases, scale = integers(W, b + half / scale, scale, most)
        return Layer(weights, biases, scale, "relu", shift, min(max(wanted >> shift, 1), 255))
    steps = 4 << SQUASH_FINE  # a unit of z in the logistic function
    shift = int(np.floor(np.log2(max(scale.min() / steps, 1e-9))))
    if shift < 0:
        return None
    weights, biases, exact = integers(W, b, np.full(len(b), float(steps << shift)), most)
    return Layer(weights, biases, exact, "logistic", shift, top) if (exact == steps << shift).all() else None


def build(layers: Sequence[Dense], X: np.ndarray, inputs: Inputs, tops: Sequence[int], bits: int) -> Narrow | None:
    """The network with these inputs and largest hidden values; None where one does not fit."""
    limit = 127 if bits == 8 else 2047
    v = inputs.values(X)
    most = np.full(v.shape[1], inputs.most)
    unit = np.where(inputs.live, 2.0**inputs.shifts, 0.0)
    base = np.where(inputs.live, inputs.lows, X[0]).astype(float)
    found: list[Layer] = []
    for dense, top in zip(layers[:-1], tops, strict=True):
        layer = _hidden(dense, dense.W * unit, dense.b + dense.W @ base, v, most, top, limit)
        if layer is None:
            return None
        found.append(layer)
        v, base, most = layer.outputs(v), np.zeros(len(layer.biases)), np.full(len(layer.biases), layer.most)
        unit = (
            2.0**layer.shift / layer.scale if layer.activation == "relu" else np.full(len(layer.biases), 1 / layer.most)
        )
    last = layers[-1]
    W, b = last.W * unit, last.b + last.W @ base
    weights, biases, scale = integers(W, b, np.full(len(b), _largest(W, b, most, limit).min()), most)
    weights, biases, scale = integers(W, b, np.full(len(b), scale.min()), most)
    if scale.min() != scale.max():
        return None
    return Narrow(bits, inputs, (*found, Layer(weights, biases, scale, last.activation)))


def candidates(layers: Sequence[Dense], X: np.ndarray, bits: int) -> Iterator[Narrow]:
    """Networks of several formats, to choose from by what they answer."""
    hidden = len(layers) - 1
    chosen = np.linspace(0, len(X) - 1, min(len(X), ROWS)).astype(int)
    step = 1
    while 2 * 4 * len(CANDIDATES[::step]) ** hidden > TRIED and step < len(CANDIDATES):
        step += 1
    seen: set[tuple[bool, int, bytes]] = set()
    for common, in_bits in itertools.product((True, False), (4, 5, 6, 7, 8)):
        inputs = inputs_for(X, in_bits, common)
        key = inputs.common, inputs.most, inputs.shifts.tobytes()
        if key in seen or (inputs.common and not common):
            continue
        seen.add(key)
        for tops in itertools.product(CANDIDATES[::step], repeat=hidden):
            made = build(layers, X[chosen], inputs, tops, bits)
            if made is not None:
                yield made


def padded(n: int) -> int:
    """So many inputs filled up to a whole number of steps of the kernels' loops."""
    return -(-n // STRIDE) * STRIDE


def words(layer: Layer, bits: int) -> list[int]:
    """The table of compact_mlp_sums8 or compact_mlp_sums16."""
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


def code(name: str, net: Narrow, logs: str, n_classes: int) -> tuple[str, int]:
    """The C of a narrow classifier and the bytes of its tables."""
    text, size = "", 0
    inputs, n = net.inputs, len(net.inputs.lows)
    if inputs.common:
        how = f"inputs(features, {n}, {inputs.lows[0]}, {inputs.limit}, {inputs.shifts[0]}"
    else:
        text += array(f"{name}_lows", "int16_t", inputs.lows) + array(f"{name}_shifts", "uint8_t", inputs.shifts)
        size += 3 * len(inputs.lows)
        how = f"inputs_each(features, {n}, {name}_lows, {name}_shifts, {inputs.most}"
    widest = max(padded(layer.weights.shape[1]) for layer in net.layers)
    sums = max(-(-len(layer.biases) // 4) * 4 for layer in net.layers)
    one = len(net.layers[-1].biases) == 1
    ragged = any(layer.weights.shape[1] % STRIDE for layer in net.layers)  # what fills up is multiplied by zeros
    total = "total = " if net.bits == 8 else ""
    first = "inputs"
    if (
        inputs.common and inputs.lows[0] == 0 and inputs.shifts[0] == 0 and n % STRIDE == 0
    ):  # as they are, where they are in range
        first = "first"
        body = ["uint32_t total;"]
        body.append(f"const uint16_t *const first = compact_mlp_direct(features, {n}, {inputs.limit}, inputs, &total);")
        body += [] if total else ["(void)total;"]
    else:
        body = [f"{'uint32_t ' if total else ''}{total}compact_mlp_{how}, inputs);"]
    for i, layer in enumerate(net.layers):
        table = words(layer, net.bits)
        text += array(f"{name}_layer{i}", "uint32_t", table)
        size += 4 * len(table)
        n_out, n_in = layer.weights.shape
        extra = "total, " if net.bits == 8 else ""
        where = "sums + 1" if one and layer is net.layers[-1] else "sums"
        body.append(
            f"compact_mlp_sums{net.bits}({name}_layer{i}, {'inputs' if i else first}, {padded(n_in)}, {-(-n_out // 4)}, {extra}{where});"
        )
        if layer is not net.layers[-1]:
            call = (
                f"relu(sums, {n_out}, {layer.shift}"
                if layer.activation == "relu"
                else f"squash(sums, {n_out}, {layer.shift}, {SQUASH_FINE}"
            )
            body.append(f"{total}compact_mlp_{call}, {layer.most}, inputs);")
    if one:
        body.append("sums[0] = 0;")
    inner = "\n".join(f"    {line}" for line in body)
    text += f"""
static {"" if net.bits == 8 else "HOT "}uint8_t {name}_classify(const ROM model_t *self, const int16_t *features, uint8_t *proba)
{{
    uint16_t inputs[{widest}]{" = {0}" if ragged else ""};
    int32_t sums[{sums + one}];
    (void)self;
{inner}
    return compact_soft(sums, {n_classes}, (compact_logs_t){logs}, proba);
}}
"""
    return text, size
