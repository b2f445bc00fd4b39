"""Linear models in a loadable model: weights of 16 bits, scalers folded in."""

from __future__ import annotations

import struct
from typing import Any

import numpy as np

from orchestrator.convert.blob.frame import LINEAR, Content, link, names, table
from orchestrator.convert.compact.linear import (
    CLASSIFIERS,
    Rows,
    class_answers,
    class_weights,
    has_softmax,
    largest_scale,
    proba_bound,
    quantised,
    value_rows,
    value_weights,
)
from orchestrator.convert.compact.linear import (
    KINDS as ALL,
)
from orchestrator.convert.compact.logs import logs_for
from orchestrator.convert.options import Options
from orchestrator.convert.piece import Answers, Bound
from orchestrator.convert.pipeline import Affine

BITS = 16


def _linear(rows: Rows, shifts: np.ndarray) -> dict[int, bytes]:
    section = struct.pack("<BBH", len(rows.weights), 0, rows.used)
    section += table("int32", "biases", rows.biases << rows.bias_shift) + table("uint8", "shifts", shifts)
    return {LINEAR: section + table("int16", "weights", rows.weights[:, : rows.used])}


def classes(estimator: Any, options: Options, X: np.ndarray, affine: Affine) -> Content:
    """A linear classifier, binary or with a row a class."""
    W, b = class_weights(estimator, affine)
    scale = largest_scale(W, b, 2 ** (BITS - 1) - 1)
    rows = quantised(W, b, np.full(len(W), scale), BITS)
    soft = options.vote == "soft" and has_softmax(estimator)
    return Content(
        {**names(estimator), **_linear(rows, np.zeros(len(W))), **(link(logs_for(1 / scale)) if soft else {})},
        lambda X: class_answers(estimator, rows, affine, X, soft),
        proba_bound(rows, X) if soft else Bound(proba=0.0),
    )


def values(estimator: Any, _options: Options, X: np.ndarray, affine: Affine) -> Content:
    """A linear regressor with one output or several."""
    made = value_rows(*value_weights(estimator, affine), BITS)

    def predict(X: np.ndarray) -> np.ndarray:
        return estimator.predict(affine.transform(X)).reshape(len(X), -1)

    return Content(
        _linear(made.rows, made.shifts),
        lambda X: Answers(outputs=predict(X)),
        Bound(output=float(made.error(X).max()) + 1e-9 * float(np.abs(predict(X)).max())),
        len(made.rows.weights),
        made.fraction,
    )


KINDS = {kind: classes if kind in CLASSIFIERS else values for kind in ALL}
