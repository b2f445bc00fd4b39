"""Multilayer perceptrons for lib/compact/compact_mlp.h: narrow integers where they answer well enough, else wide ones."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from orchestrator.convert.compact import narrow
from orchestrator.convert.compact.layers import Dense, activate, of_keras, of_scikit, simplified
from orchestrator.convert.compact.linear import Rows, call, largest_scale, quantised, tables, value_rows
from orchestrator.convert.compact.logs import PROBA_ERROR, Logs, logs_for, soft
from orchestrator.convert.compact.squash import logistic
from orchestrator.convert.ctext import array
from orchestrator.convert.errors import ConvertError
from orchestrator.convert.options import Options
from orchestrator.convert.piece import Answers, Bound, Piece
from orchestrator.convert.pipeline import Affine

MOST_OTHER = 0.01  # the share of calibration rows that a narrow network may give another class
MARGIN = 1.5  # the stated bounds are so many times what the calibration rows showed
FINEST = 10  # bits of a line's fraction in the logistic function
LEAST_ROWS = 20


@dataclass(frozen=True)
class Hidden:
    """A hidden layer of the wide form: int32 sums, then int16 0 … 32767."""

    rows: Rows
    activation: str
    shift: int
    fine: int = 0  # of the logistic function

    def outputs(self, x: np.ndarray) -> np.ndarray:
        """The next layer's inputs."""
        sums = self.rows.sums(x) >> self.shift
        return np.clip(sums, 0, 32767) if self.activation == "relu" else logistic(sums, self.fine)


def _wide_hidden(dense: Dense, W: np.ndarray, b: np.ndarray, x: np.ndarray, bits: int) -> tuple[Hidden, np.ndarray]:
    """A layer, and what a step of each of its outputs is worth."""
    scale = np.array([largest_scale(W[k : k + 1], b[k : k + 1], 2 ** (bits - 1) - 1) for k in range(len(W))])
    if dense.activation == "relu":
        rows = quantised(W, b, scale, bits)
        reached, shift = int(rows.sums(x).max()), 0
        while reached >> shift > 16383:  # headroom of two over the calibration rows
            shift += 1
        half = (1 << (shift - 1)) / scale if shift else 0.0
        return Hidden(quantised(W, b + half, scale, bits), "relu", shift), 2.0**shift / scale
    room = int(np.floor(np.log2(scale.min() / 4)))
    if room < 1:
        raise ConvertError("the weights before a logistic or tanh layer are too large: standardise the features")
    fine = min(room, FINEST)
    shift = room - fine
    rows = quantised(W, b, np.full(len(W), float(4 << room)), bits)
    return Hidden(rows, "logistic", shift, fine), np.full(len(W), 1 / 32767)


def wide(layers: Sequence[Dense], X: np.ndarray, bits: int) -> tuple[list[Hidden], np.ndarray, Dense]:
    """The hidden layers, the last layer's inputs of the rows, and the last layer for those inputs."""
    x, unit, hidden = X.astype(np.int64), np.ones(X.shape[1]), []
    for dense in layers[:-1]:
        layer, after = _wide_hidden(dense, dense.W * unit, dense.b, x, bits)
        hidden.append(layer)
        x, unit = layer.outputs(x), after
    last = layers[-1]
    return hidden, x, Dense(last.W * unit, last.b, last.activation)


def _wide_code(name: str, hidden: Sequence[Hidden]) -> tuple[str, list[str], int, int]:
    """Tables and statements of the hidden layers, the most sums, and bytes."""
    text, body, size, most = "", [], 0, 0
    for i, layer in enumerate(hidden):
        part = f"{name}_layer{i}"
        code, nbytes = tables(part, layer.rows)
        n_out = len(layer.rows.weights)
        line = call(f"compact_linear{layer.rows.bits}", part, layer.rows, "NULL, ", "sums")
        body.append(line if i == 0 else line.replace(", features, ", ", inputs, "))
        squash = (
            f"squash_wide(sums, {n_out}, {layer.shift}, {layer.fine}"
            if layer.activation == "logistic"
            else f"relu_wide(sums, {n_out}, {layer.shift}"
        )
        body.append(f"compact_mlp_{squash}, inputs);")
        text, size, most = text + code, size + nbytes, max(most, n_out)
    return text, body, size, most


def softmax(z: np.ndarray) -> np.ndarray:
    """Probabilities of scores, one column the second class's against zero."""
    z = np.hstack([np.zeros_like(z), z]) if z.shape[1] == 1 else z
    power = np.exp(z - z.max(axis=1, keepdims=True))
    return power / power.sum(axis=1, keepdims=True)


def _two(scores: np.ndarray) -> np.ndarray:
    """Scores with the second class's against zero."""
    return np.hstack([np.zeros_like(scores), scores]) if scores.shape[1] == 1 else scores


def exact_sums(layers: Sequence[Dense], X: np.ndarray) -> np.ndarray:
    """The last layer's sums in float."""
    x = X.astype(float)
    for layer in layers[:-1]:
        x = activate(layer.activation, layer.sums(x))
    return layers[-1].sums(x)


def errors(scores: np.ndarray, logs: Logs, wanted: np.ndarray) -> tuple[float, float]:
    """The share of rows whose scores say another class than the probabilities wanted, and how far a probability is off, in 255ths."""
    other = float((_two(scores).argmax(axis=1) != wanted.argmax(axis=1)).mean())
    return other, float(np.abs(soft(_two(scores), logs) - wanted * 255).max())


def class_bound(other: float, off: float) -> Bound:
    """What is promised where the calibration rows showed so much."""
    return Bound(classes=MARGIN * other, proba=max(MARGIN * off, PROBA_ERROR))


def _classifier_piece(kind: str, layers: list[Dense], name: str, options: Options, X: np.ndarray,
                      predict_proba: Callable[[np.ndarray], np.ndarray]) -> Piece:  # fmt: skip
    wanted = softmax(exact_sums(layers, X))
    truth = wanted.argmax(axis=1)
    bits = 8 if options.optimize == "size" else 16
    best, least = None, np.inf
    for net in narrow.candidates(layers, X, bits):
        chosen = np.linspace(0, len(X) - 1, min(len(X), narrow.ROWS)).astype(int)
        found = net.scores(X[chosen])
        other = (_two(found).argmax(axis=1) != truth[chosen]).mean()
        error = 3 * other + np.sqrt(((softmax(found / net.scale) - wanted[chosen]) ** 2).mean())
        if error < least:
            best, least = net, error
    n_classes = wanted.shape[1]
    if best is not None and (_two(best.scores(X)).argmax(axis=1) != truth).mean() <= MOST_OTHER:
        scores, scale, what = best.scores(X), best.scale, f"narrow, weights of {bits} bits"
        logs = logs_for(1 / scale)
        text, size = narrow.code(name, best, logs.literal, n_classes)
        headers = ("compact_mlp.h", "compact_softmax.h")
        far = "features beyond the range of the calibration rows saturate"
    else:
        hidden, x, last = wide(layers, X, bits)
        scale = largest_scale(last.W, last.b, 2 ** (bits - 1) - 1)
        rows = quantised(last.W, last.b, np.full(len(last.W), scale), bits)
        scores, what, logs = rows.sums(x), f"wide, weights of {bits} bits", logs_for(1 / scale)
        text, size = _wide_classifier(name, hidden, rows, logs.literal, n_classes)
        headers = ("compact_linear.h", "compact_mlp.h", "compact_softmax.h")
        far = "hidden units saturate at twice the range of the calibration rows"
    other, off = errors(scores, logs, wanted)

    def reference(rows: np.ndarray) -> Answers:
        proba = predict_proba(rows)
        return Answers(proba.argmax(axis=1), proba)

    return Piece(
        kind=kind, code=text, headers=headers, members={"classify": f"{name}_classify"}, reference=reference, tables=size,
        bound=class_bound(other, off),
        note=f"{what}: {other:.2%} of the calibration rows get another class, a probability is off by at most {off:.1f}/255; {far}",
    )  # fmt: skip


def _wide_classifier(name: str, hidden: list[Hidden], rows: Rows, logs: str, n_classes: int) -> tuple[str, int]:
    text, body, size, most = _wide_code(name, hidden)
    code, nbytes = tables(f"{name}_last", rows)
    one = len(rows.weights) == 1
    line = call(f"compact_linear{rows.bits}", f"{name}_last", rows, "NULL, ", "sums + 1" if one else "sums")
    body.append(line.replace(", features, ", ", inputs, ") if hidden else line)
    if one:
        body.append("sums[0] = 0;")
    inner = "\n".join(f"    {line}" for line in body)
    inputs = f"    int16_t inputs[{most}];\n" if hidden else ""
    text += (
        code
        + f"""
static HOT uint8_t {name}_classify(const ROM model_t *self, const int16_t *features, uint8_t *proba)
{{
{inputs}    int32_t sums[{max(most, n_classes)}];
    (void)self;
{inner}
    return compact_soft(sums, {n_classes}, (compact_logs_t){logs}, proba);
}}
"""
    )
    return text, size + nbytes


def value_bound(off: float) -> Bound:
    """What is promised of outputs that were off by so much on the calibration rows."""
    return Bound(output=MARGIN * off)


def _regressor_piece(kind: str, layers: list[Dense], name: str, options: Options, X: np.ndarray,
                     predict: Callable[[np.ndarray], np.ndarray]) -> Piece:  # fmt: skip
    bits = 16  # of 8, the error is that of the coarsest weight of the widest unit: too much for a number
    hidden, x, last = wide(layers, X, bits)
    made = value_rows(last.W, last.b, bits)
    rows, shifts, fraction = made.rows, made.shifts, made.fraction
    off = float(np.abs(made.outputs(x) - predict(X)).max())
    text, body, size, most = _wide_code(name, hidden)
    code, nbytes = tables(f"{name}_last", rows)
    if shifts.any():
        code += array(f"{name}_last_shifts", "uint8_t", shifts)
    line = call(
        f"compact_linear{bits}", f"{name}_last", rows, f"{name}_last_shifts, " if shifts.any() else "NULL, ", "outputs"
    )
    body.append(line.replace(", features, ", ", inputs, ") if hidden else line)
    inner = "\n".join(f"    {line}" for line in body)
    locals_ = f"    int16_t inputs[{most}];\n    int32_t sums[{most}];\n" if hidden else ""
    text += (
        code
        + f"""
static HOT void {name}_regress(const ROM model_t *self, const int16_t *features, int32_t *outputs)
{{
{locals_}    (void)self;
{inner}
}}
"""
    )
    return Piece(
        kind=kind, code=text, headers=("compact_linear.h", "compact_mlp.h"), members={"regress": f"{name}_regress"},
        n_outputs=len(rows.weights), fraction=fraction, reference=lambda rows: Answers(outputs=predict(rows)),
        bound=value_bound(off), tables=size + nbytes + len(shifts) * bool(shifts.any()),
        note=f"weights of 16 bits: an output is off by at most {off:.3g} on the calibration rows; hidden units saturate at "
        "twice their range",
    )  # fmt: skip


def check_rows(calibration: np.ndarray, kind: str) -> None:
    """Raise ConvertError for too few rows."""
    if len(calibration) < LEAST_ROWS:
        raise ConvertError(
            f"{kind} needs calibration rows, at least {LEAST_ROWS}: its scales are found on what it will see"
        )


def layers_of(estimator: Any, affine: Affine, calibration: np.ndarray) -> list[Dense]:
    """The layers of a scikit-learn MLP. Raises ConvertError for what does not convert, or has too few calibration rows."""
    layers = simplified(of_scikit(estimator), affine)
    check_rows(calibration, type(estimator).__name__)
    binarizer = getattr(estimator, "_label_binarizer", None)
    if binarizer is not None and binarizer.y_type_.startswith("multilabel"):
        raise ConvertError("a multilabel MLPClassifier does not convert: train one for each label")
    return layers


def classifier(estimator: Any, name: str, options: Options, calibration: np.ndarray, affine: Affine) -> Piece:
    """An MLPClassifier."""
    layers = layers_of(estimator, affine, calibration)
    return _classifier_piece("MLPClassifier", layers, name, options, calibration,
                             lambda X: estimator.predict_proba(affine.transform(X)))  # fmt: skip


def regressor(estimator: Any, name: str, options: Options, calibration: np.ndarray, affine: Affine) -> Piece:
    """An MLPRegressor with one output or several."""
    layers = layers_of(estimator, affine, calibration)

    def predict(X: np.ndarray) -> np.ndarray:
        return estimator.predict(affine.transform(X)).reshape(len(X), -1)

    return _regressor_piece("MLPRegressor", layers, name, options, calibration, predict)


def keras(model: Any, name: str, options: Options, calibration: np.ndarray, affine: Affine) -> Piece:
    """A Keras Sequential of Dense layers: a classifier where it ends in softmax or sigmoid, else a regressor."""
    layers = simplified(of_keras(model), affine)
    check_rows(calibration, "Sequential")

    def outputs(X: np.ndarray) -> np.ndarray:
        return np.asarray(model.predict(affine.transform(X).astype(float), verbose=0), dtype=float).reshape(len(X), -1)

    def proba(X: np.ndarray) -> np.ndarray:
        p = outputs(X)
        return np.hstack([1 - p, p]) if p.shape[1] == 1 else p

    last = layers[-1].activation
    if last == "softmax" or (last == "logistic" and len(layers[-1].b) == 1):
        return _classifier_piece("Sequential", layers, name, options, calibration, proba)
    if last != "identity":
        raise ConvertError(f"a Keras model that ends in {last} with {len(layers[-1].b)} outputs does not convert: end in softmax, "
                           "in sigmoid with one output, or in linear")  # fmt: skip
    return _regressor_piece("Sequential", layers, name, options, calibration, outputs)


KINDS = {"MLPClassifier": classifier, "MLPRegressor": regressor, "Sequential": keras}
