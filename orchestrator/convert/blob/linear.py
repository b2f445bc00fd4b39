"""Linear models and MLPs in a loadable model: weights of 16 bits, scalers folded in, hidden layers in the wide form."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from typing import Any

import numpy as np

from orchestrator.convert.blob.frame import LAYERS, LINEAR, WIDEST, Content, link, names, table
from orchestrator.convert.compact import linear, mlp
from orchestrator.convert.compact.layers import exact_sums, softmax
from orchestrator.convert.compact.linear import Rows, largest_scale, quantised, value_rows
from orchestrator.convert.compact.logs import logs_for
from orchestrator.convert.errors import TooLargeError
from orchestrator.convert.options import Options
from orchestrator.convert.piece import Answers, Bound
from orchestrator.convert.pipeline import Affine

BITS = 16
MOST_WEIGHT = 2 ** (BITS - 1) - 1
ACTIVATIONS = {"relu": 0, "logistic": 1}


def _biases(rows: Rows) -> bytes:
    return table("int32", "biases", rows.biases << rows.bias_shift)


def _weights(rows: Rows) -> bytes:
    return table("int16", "weights", rows.weights[:, : rows.used])


def _linear(rows: Rows, shifts: Sequence[int] | np.ndarray | None = None) -> dict[int, bytes]:
    """What gives the sums."""
    n = len(rows.weights)
    head = struct.pack("<BBH", min(n, 255), 0, rows.used)  # assemble refuses more than WIDEST
    return {
        LINEAR: head + _biases(rows) + table("uint8", "shifts", [0] * n if shifts is None else shifts) + _weights(rows)
    }


def _layers(hidden: Sequence[mlp.Hidden]) -> dict[int, bytes]:
    """The layers before it."""
    section = struct.pack("<BB", len(hidden), 0)
    for layer in hidden:
        n = len(layer.rows.weights)
        if n > WIDEST:
            raise TooLargeError(f"a loadable model has at most {WIDEST} units in a hidden layer, not {n}")
        section += struct.pack("<BBBBH", n, ACTIVATIONS[layer.activation], layer.shift, layer.fine, layer.rows.used)
        section += _biases(layer.rows) + _weights(layer.rows)
    return {LAYERS: section} if hidden else {}


def _one_scale(W: np.ndarray, b: np.ndarray) -> tuple[Rows, float]:
    """Rows of scores that can be compared, and what a unit of them is."""
    scale = largest_scale(W, b, MOST_WEIGHT)
    return quantised(W, b, np.full(len(W), scale), BITS), scale


def classes(estimator: Any, _options: Options, X: np.ndarray, affine: Affine) -> Content:
    """A linear classifier, binary or with a row a class."""
    rows, scale = _one_scale(*linear.class_weights(estimator, affine))
    soft = linear.has_softmax(estimator)
    return Content(
        {**names(estimator), **_linear(rows), **(link(logs_for(1 / scale)) if soft else {})},
        lambda X: linear.class_answers(estimator, rows, affine, X, soft),
        linear.proba_bound(rows, X) if soft else Bound(proba=0.0),
    )


def values(estimator: Any, _options: Options, X: np.ndarray, affine: Affine) -> Content:
    """A linear regressor with one output or several."""
    made = value_rows(*linear.value_weights(estimator, affine), BITS)

    def predict(X: np.ndarray) -> np.ndarray:
        return estimator.predict(affine.transform(X)).reshape(len(X), -1)

    return Content(
        _linear(made.rows, made.shifts),
        lambda X: Answers(outputs=predict(X)),
        Bound(output=made.worst(X) + 1e-9 * float(np.abs(predict(X)).max())),
        len(made.rows.weights),
        made.fraction,
    )


def layered_classes(estimator: Any, _options: Options, X: np.ndarray, affine: Affine) -> Content:
    """An MLP that classifies."""
    layers = mlp.layers_of(estimator, affine, X)
    hidden, x, last = mlp.wide(layers, X, BITS)
    rows, scale = _one_scale(last.W, last.b)
    logs = logs_for(1 / scale)
    found = mlp.errors(rows.sums(x), logs, softmax(exact_sums(layers, X)))

    def reference(X: np.ndarray) -> Answers:
        proba = estimator.predict_proba(affine.transform(X))
        return Answers(proba.argmax(axis=1), proba)

    sections = {**names(estimator), **_layers(hidden), **_linear(rows), **link(logs)}
    return Content(sections, reference, mlp.class_bound(*found))


def layered_values(estimator: Any, _options: Options, X: np.ndarray, affine: Affine) -> Content:
    """An MLP that regresses."""
    hidden, x, last = mlp.wide(mlp.layers_of(estimator, affine, X), X, BITS)
    made = value_rows(last.W, last.b, BITS)

    def predict(X: np.ndarray) -> np.ndarray:
        return estimator.predict(affine.transform(X)).reshape(len(X), -1)

    return Content(
        {**_layers(hidden), **_linear(made.rows, made.shifts)},
        lambda X: Answers(outputs=predict(X)),
        mlp.value_bound(float(np.abs(made.outputs(x) - predict(X)).max())),
        len(made.rows.weights),
        made.fraction,
    )


KINDS = {
    **{kind: classes if kind in linear.CLASSIFIERS else values for kind in linear.KINDS},
    "MLPClassifier": layered_classes,
    "MLPRegressor": layered_values,
}
