"""The integers of a narrow network: formats are tried, and what answers best is taken."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence

import numpy as np

from orchestrator.convert.compact.layers import Dense, exact_sums, softmax, two
from orchestrator.convert.compact.narrow import SQUASH_FINE, Inputs, Layer, Narrow

ROOM = 32767  # of a sum
CANDIDATES = (15, 23, 31, 47, 63, 95, 127, 191, 255)  # largest inputs of a hidden layer to try
TRIED = 300  # combinations
ROWS = 600  # calibration rows that choose between them
FINALISTS = 8  # of which each is rounded in turn too
JUDGES = 6000  # rows that choose between the finalists
HEADROOM = 1.1  # of a hidden unit's range over the calibration rows
MOST_FED_BACK = 256  # inputs of a layer whose weights are rounded in turn


def spread(X: np.ndarray, n: int) -> np.ndarray:
    """At most n of the rows."""
    return X[np.linspace(0, len(X) - 1, min(len(X), n)).astype(int)]


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


def _fits(weights: np.ndarray, biases: np.ndarray, most: np.ndarray) -> np.ndarray:
    """Whether no inputs from 0 to `most` take a unit's sum out of int16; [n_out]."""
    high = np.maximum(weights, 0) @ most + biases
    low = np.minimum(weights, 0) @ most + biases
    return (high <= ROOM) & (low >= -ROOM - 1) & (np.abs(biases) <= ROOM)


def rounding(v: np.ndarray) -> np.ndarray | None:
    """What rounding a weight is to add to those after it, so that sums over inputs like v [n, n_in] stay what they were: upper triangular, the
    bias last. None where there are too many inputs.

    It is the Cholesky factor of the inverse of the inputs' second moments: the column-by-column rounding of Frantar et al. 2022 (GPTQ).
    """
    if v.shape[1] > MOST_FED_BACK:
        return None
    wide = np.hstack([v, np.ones((len(v), 1))]).astype(float)
    moments = wide.T @ wide
    moments[np.diag_indices_from(moments)] += 0.01 * max(float(np.trace(moments)) / len(moments), 1e-9)
    factor = np.linalg.cholesky(np.linalg.inv(moments)).T
    factor[:, :-1][:, np.ptp(v, axis=0) == 0] = 0  # an input that never varied is to make up for nothing
    return factor / np.maximum(np.diag(factor), 1e-30)[:, None]


def _rounded(wide: np.ndarray, feedback: np.ndarray | None) -> np.ndarray:
    """Weights and bias [n_out, n_in + 1] as integers."""
    if feedback is None:
        return np.rint(wide).astype(np.int64)
    left, whole = wide.copy(), np.empty(wide.shape, dtype=np.int64)
    for i in range(wide.shape[1]):
        whole[:, i] = np.rint(left[:, i])
        left[:, i:] -= np.outer(left[:, i] - whole[:, i], feedback[i, i:])
    return whole


def integers(
    W: np.ndarray, b: np.ndarray, scale: np.ndarray, most: np.ndarray, limit: int, feedback: np.ndarray | None
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Weights, at most `limit`, and biases at the largest scales up to `scale` [n_out] that fit."""
    scale = scale.astype(float).copy()
    while True:
        whole = _rounded(np.hstack([W, b[:, None]]) * scale[:, None], feedback)
        weights, biases = whole[:, :-1], whole[:, -1]
        fine = _fits(weights, biases, most) & (np.abs(weights).max(axis=1) <= limit)
        if fine.all():
            return weights, biases, scale
        scale[~fine] *= 0.995


def _largest(W: np.ndarray, b: np.ndarray, most: np.ndarray, limit: int) -> np.ndarray:
    """The largest scale of each unit, rounding aside."""
    reach = np.maximum(np.maximum(W, 0) @ most + b, np.maximum(-W, 0) @ most - b)
    reach = np.maximum(np.maximum(reach, np.abs(b)), 1e-12)
    return np.minimum(ROOM / reach, limit / np.maximum(np.abs(W).max(axis=1), 1e-12))


def _hidden(
    dense: Dense,
    W: np.ndarray,
    b: np.ndarray,
    v: np.ndarray,
    most: np.ndarray,
    top: int,
    limit: int,
    feedback: np.ndarray | None,
) -> Layer | None:
    """A hidden layer, its outputs up to `top`; None where its scale would be too coarse."""
    scale = _largest(W, b, most, limit)
    if dense.activation == "relu":
        weights, biases, scale = integers(W, b, scale, most, limit, feedback)
        reached = (v @ weights.T + biases).max(axis=0)
        wanted = max(int(reached.max() * HEADROOM), 1)
        shift = 0
        while wanted >> shift > top:
            shift += 1
        half = 1 << (shift - 1) if shift else 0
        weights, biases, scale = integers(W, b + half / scale, scale, most, limit, feedback)
        return Layer(weights, biases, scale, "relu", shift, min(max(wanted >> shift, 1), 255))
    steps = 4 << SQUASH_FINE  # a unit of z in the logistic function
    shift = int(np.floor(np.log2(max(scale.min() / steps, 1e-9))))
    if shift < 0:
        return None
    weights, biases, exact = integers(W, b, np.full(len(b), float(steps << shift)), most, limit, feedback)
    return Layer(weights, biases, exact, "logistic", shift, top) if (exact == steps << shift).all() else None


def build(
    layers: Sequence[Dense], X: np.ndarray, inputs: Inputs, tops: Sequence[int], bits: int, in_turn: bool = False
) -> Narrow | None:
    """The network with these inputs and largest hidden values, its weights rounded one by one or `in_turn`; None where one does not fit."""
    limit = 127 if bits == 8 else 2047
    v = inputs.values(X)
    most = np.full(v.shape[1], inputs.most)
    unit = np.where(inputs.live, 2.0**inputs.shifts, 0.0)
    base = np.where(inputs.live, inputs.lows, X[0]).astype(float)
    found: list[Layer] = []
    for dense, top in zip(layers[:-1], tops, strict=True):
        layer = _hidden(
            dense, dense.W * unit, dense.b + dense.W @ base, v, most, top, limit, rounding(v) if in_turn else None
        )
        if layer is None:
            return None
        found.append(layer)
        v, base, most = layer.outputs(v), np.zeros(len(layer.biases)), np.full(len(layer.biases), layer.most)
        unit = (
            2.0**layer.shift / layer.scale if layer.activation == "relu" else np.full(len(layer.biases), 1 / layer.most)
        )
    last = layers[-1]
    W, b = last.W * unit, last.b + last.W @ base
    feedback = rounding(v) if in_turn else None
    weights, biases, scale = integers(W, b, np.full(len(b), _largest(W, b, most, limit).min()), most, limit, feedback)
    weights, biases, scale = integers(W, b, np.full(len(b), scale.min()), most, limit, feedback)
    if scale.min() != scale.max():
        return None
    return Narrow(bits, inputs, (*found, Layer(weights, biases, scale, last.activation)))


def judges(X: np.ndarray) -> np.ndarray:
    """The rows by which one of the finalists is chosen: of X, and more that lie halfway between two of these. What was learned from is mostly
    far from where classes meet, and there every candidate is right."""
    rows = spread(X, JUDGES)
    one, other = np.random.default_rng(0).integers(0, len(rows), (2, JUDGES))
    return np.vstack([rows, (rows[one].astype(np.int32) + rows[other]) // 2])


def candidates(layers: Sequence[Dense], X: np.ndarray, bits: int) -> Iterator[Narrow]:
    """Networks of several formats, to choose from by what they answer."""
    hidden = len(layers) - 1
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
            made = build(layers, X, inputs, tops, bits)
            if made is not None:
                yield made


def _error(net: Narrow, X: np.ndarray, wanted: np.ndarray) -> float:
    """How far a network is from the probabilities that are wanted of rows; another class counts most."""
    found = net.scores(X)
    other = (two(found).argmax(axis=1) != wanted.argmax(axis=1)).mean()
    return float(3 * other + np.sqrt(((softmax(found / net.scale) - wanted) ** 2).mean()))


def best(layers: Sequence[Dense], X: np.ndarray, bits: int) -> Narrow | None:
    """The network that answers most like the layers; None where none fits."""
    few = spread(X, ROWS)
    wanted = softmax(exact_sums(layers, few))
    ranked = sorted(candidates(layers, few, bits), key=lambda net: _error(net, few, wanted))[:FINALISTS]
    if not ranked:
        return None
    twins = [build(layers, few, net.inputs, [layer.most for layer in net.layers[:-1]], bits, True) for net in ranked]
    many = judges(X)
    wanted = softmax(exact_sums(layers, many))
    return min([*ranked, *(net for net in twins if net)], key=lambda net: _error(net, many, wanted))
