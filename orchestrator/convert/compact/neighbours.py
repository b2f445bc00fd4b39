"""k nearest neighbours for lib/compact/compact_neighbours.h: rows of 8 or 16 bits."""

from __future__ import annotations

from typing import Any

import numpy as np

from orchestrator.convert.compact.space import Space, search, seen, space_for, tables
from orchestrator.convert.ctext import array
from orchestrator.convert.errors import ConvertError
from orchestrator.convert.options import Options
from orchestrator.convert.piece import Answers, Bound, Piece
from orchestrator.convert.pipeline import Affine

MOST_ROWS = 65535
MOST_NEIGHBOURS = 255
MARGIN = 1.5  # the stated bounds are so many times what the calibration rows showed
MOST_OTHER = 0.01  # the share of calibration rows that rows of 8 bits may give another class
TIE = 1e-9  # relative: distances nearer to each other than this are equal but for scikit-learn's rounding


def _checked(estimator: Any, affine: Affine) -> tuple[np.ndarray, int]:
    """The rows that a fitted k-neighbours estimator keeps, in units of the features, and k."""
    kind = type(estimator).__name__
    if not hasattr(estimator, "_fit_X"):
        raise ConvertError(f"this {kind} is not fitted: call fit first")
    if estimator.effective_metric_ != "euclidean":
        raise ConvertError(
            f"a {kind} with the metric {estimator.effective_metric_} does not convert: use the Euclidean one (p=2)"
        )
    if estimator.weights not in ("uniform", None):
        raise ConvertError(f"a {kind} with weights={estimator.weights!r} does not convert: use 'uniform'")
    if not isinstance(estimator._fit_X, np.ndarray):
        raise ConvertError(f"a {kind} fitted on a sparse matrix does not convert: give it an array")
    rows = (estimator._fit_X.astype(np.float64) - affine.offset) / affine.scale
    if len(rows) > MOST_ROWS or estimator.n_neighbors > MOST_NEIGHBOURS:
        raise ConvertError(
            f"{len(rows)} rows and {estimator.n_neighbors} neighbours: at most {MOST_ROWS} and {MOST_NEIGHBOURS} convert"
        )
    if np.abs(rows).max() > 32768:
        raise ConvertError("the rows it keeps are beyond int16: fit on int16 features")
    return rows, estimator.n_neighbors


def _nearest(space: Space, X: np.ndarray, k: int) -> np.ndarray:
    """The k nearest rows' places [n, k], as the C finds them."""
    return np.argsort(space.distances(X), axis=1, kind="stable")[:, :k]


def _undecided(estimator: Any, X: np.ndarray, k: int) -> np.ndarray:
    """Rows whose k-th and next neighbour are equally far: which of them counts, scikit-learn leaves to chance."""
    if k >= len(estimator._fit_X):
        return np.zeros(len(X), dtype=bool)
    distance, _ = estimator.kneighbors(X, n_neighbors=k + 1)
    return distance[:, k] - distance[:, k - 1] <= TIE * (1 + distance[:, k]) * 1e3


def classifier(estimator: Any, name: str, options: Options, calibration: np.ndarray, affine: Affine) -> Piece:
    """A KNeighborsClassifier with uniform weights."""
    rows, k = _checked(estimator, affine)
    if estimator.outputs_2d_:
        raise ConvertError("a KNeighborsClassifier with several outputs does not convert: train one for each")
    n_classes, labels = len(estimator.classes_), estimator._y

    def reference(X: np.ndarray) -> Answers:
        proba = estimator.predict_proba(seen(affine, X))
        return Answers(proba.argmax(axis=1), proba, near=_undecided(estimator, seen(affine, X), k))

    wanted = reference(calibration)
    for bits in (8, 16):
        space = space_for(rows, affine.scale, bits)
        votes = np.stack([(labels[_nearest(space, calibration, k)] == c).sum(axis=1) for c in range(n_classes)], axis=1)
        other = float(((votes.argmax(axis=1) != wanted.classes) & ~wanted.near).mean())
        if space.exact or other <= MOST_OTHER:
            break
    off = float(np.abs(np.rint(votes * 255 / k) - wanted.proba * 255).max())
    text, size, query = tables(name, space)
    text += array(f"{name}_labels", "uint8_t", labels) + array(
        f"{name}_shares", "uint8_t", np.rint(np.arange(k + 1) * 255 / k)
    )
    text += (
        search(name, space, k, query)
        + f"""
static uint8_t {name}_classify(const ROM model_t *self, const int16_t *features, uint8_t *proba)
{{
    uint32_t distances[{k}];
    uint16_t nearest[{k}];
    uint8_t votes[{n_classes}];
    (void)self;
    {name}_nearest(features, distances, nearest);
    return compact_majority(nearest, {k}, {name}_labels, {name}_shares, {n_classes}, votes, proba);
}}
"""
    )
    said = "the rows as they are" if space.exact else f"rows rounded to {bits} bits"
    return Piece(
        kind="KNeighborsClassifier", code=text, headers=("compact_neighbours.h",), members={"classify": f"{name}_classify"},
        reference=reference, tables=size + len(labels) + k + 1, bound=Bound(classes=MARGIN * other, proba=max(off, 0.51)),
        note=f"{said}: {other:.2%} of the calibration rows get another class; of equally near rows the first counts; features more than "
        f"{-space.least} units outside the rows' range saturate",
    )  # fmt: skip


def regressor(estimator: Any, name: str, options: Options, calibration: np.ndarray, affine: Affine) -> Piece:
    """A KNeighborsRegressor with uniform weights, one output or several."""
    rows, k = _checked(estimator, affine)
    targets = np.asarray(estimator._y, dtype=float).reshape(len(rows), -1)

    def predict(X: np.ndarray) -> np.ndarray:
        return estimator.predict(seen(affine, X)).reshape(len(X), -1)

    wanted = predict(calibration)
    fraction = int(min(np.floor(np.log2((2**31 - 1) / k / max(np.abs(targets).max() / k, 1e-9))) - 1, 24))
    if fraction < 0:
        raise ConvertError("its targets are too large for 32 bits: scale them down")
    whole = np.rint(targets / k * 2.0**fraction).astype(np.int64)
    spread = wanted.std(axis=0)
    for bits in (8, 16):
        space = space_for(rows, affine.scale, bits)
        found = whole[_nearest(space, calibration, k)].sum(axis=1) * 2.0**-fraction
        off = float(np.abs(found - wanted).max())
        if space.exact or (np.sqrt(((found - wanted) ** 2).mean(axis=0)) <= 0.01 * spread).all():
            break
    n_outputs = targets.shape[1]
    text, size, query = tables(name, space)
    text += (
        array(f"{name}_targets", "int32_t", whole.ravel())
        + search(name, space, k, query)
        + f"""
static void {name}_regress(const ROM model_t *self, const int16_t *features, int32_t *outputs)
{{
    uint32_t distances[{k}];
    uint16_t nearest[{k}];
    (void)self;
    {name}_nearest(features, distances, nearest);
    compact_mean(nearest, {k}, {name}_targets, {n_outputs}, outputs);
}}
"""
    )
    said = "the rows as they are" if space.exact else f"rows rounded to {bits} bits"
    return Piece(
        kind="KNeighborsRegressor", code=text, headers=("compact_neighbours.h",), members={"regress": f"{name}_regress"},
        reference=lambda X: Answers(outputs=predict(X)), n_outputs=n_outputs, fraction=fraction, tables=size + 4 * whole.size,
        bound=Bound(output=MARGIN * off + k * 2.0**-fraction),
        note=f"{said}: an output is off by at most {off:.3g} on the calibration rows; of equally near rows the first counts; features more "
        f"than {-space.least} units outside the rows' range saturate",
    )  # fmt: skip


KINDS = {"KNeighborsClassifier": classifier, "KNeighborsRegressor": regressor}
