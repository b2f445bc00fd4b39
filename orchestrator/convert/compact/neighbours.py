"""k nearest neighbours and k-means for lib/compact/compact_neighbours.h: rows of 8 or 16 bits, and features scaled to their unit."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

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


@dataclass(frozen=True)
class Space:
    """(x − low) · factor / 2^shift, held to least … most; no factors where the unit is that of the features. float64 rows in it are
    rounded to `rows`, int64 [m, n]."""

    bits: int
    rows: np.ndarray
    lows: np.ndarray
    factors: np.ndarray | None
    shift: int
    least: int
    most: int
    exact: bool

    def query(self, X: np.ndarray) -> np.ndarray:
        """`compact_query` of int16 rows."""
        value = X.astype(np.int64) - self.lows
        if self.factors is not None:
            size = (((np.abs(value) * self.factors) >> (self.shift - 1)) + 1) >> 1
            value = np.where(value < 0, -size, size)
        return np.clip(value, self.least, self.most)

    def distances(self, X: np.ndarray) -> np.ndarray:
        """Squared distances int64 [n, m]."""
        query = self.query(X)
        squares = (query**2).sum(axis=1)[:, None] + (self.rows**2).sum(axis=1)
        return squares - 2 * (query @ self.rows.T)


def space_for(
    rows: np.ndarray, scale: np.ndarray, bits: int, unit: float | None = None, around: np.ndarray | None = None
) -> Space:
    """The space of float rows [m, n] in units of the features, which the model sees times `scale` [n]. `unit` is what a unit of the
    model's space becomes, else as large as fits; `around` are more rows that are to fit, else the rows themselves."""
    n = rows.shape[1]
    reach = math.isqrt((2**31 - 1) // n)
    top = min(255 if bits == 8 else 2 * reach // 3, 32767)
    low = np.floor((rows if around is None else around).min(axis=0)).astype(np.int64)
    spans = rows.max(axis=0) - low
    whole = bool((np.abs(rows - np.rint(rows)) < 1e-6).all())
    slack = min(reach - top, 32767 - top)
    if unit is None and whole and np.ptp(scale) == 0 and np.rint(spans).max() <= top:
        low = np.full(n, low.min()) if np.rint(rows.max() - low.min()) <= top else low
        return Space(bits, np.rint(rows).astype(np.int64) - low, low, None, 0, -slack, top + slack, True)
    if unit is None:
        unit = top / max(float((spans * scale).max()), 1e-12)
    factors = scale * unit
    if factors.max() > 65535:
        raise ConvertError("a feature hardly varies: spread the features over more of int16")
    shift = int(np.clip(np.floor(np.log2(65535 / factors.max())), 1, 31))
    whole_factors = np.rint(factors * 2.0**shift).astype(np.int64)
    placed = np.clip(np.rint((rows - low) * whole_factors / 2.0**shift), 0, top).astype(np.int64)
    return Space(bits, placed, low, whole_factors, shift, -slack, top + slack, False)


def _tables(name: str, space: Space) -> tuple[str, int, str]:
    """The tables as C, their bytes, and the statement that makes the query."""
    n = space.rows.shape[1]
    kind = "uint8_t" if space.bits == 8 else "int16_t"
    text, size = array(f"{name}_rows", kind, space.rows.ravel()), space.rows.size * space.bits // 8
    lows, low = f"{name}_lows", 0
    if len(set(space.lows.tolist())) == 1:
        lows, low = "NULL", int(space.lows[0])
    else:
        text, size = text + array(lows, "int16_t", space.lows), size + 2 * n
    factors = "NULL"
    if space.factors is not None:
        factors = f"{name}_factors"
        text, size = text + array(factors, "uint16_t", space.factors), size + 2 * n
    query = (
        f"compact_query(features, {n}, {lows}, {factors}, {low}, {space.shift}, {space.least}, {space.most}, query);"
    )
    return text, size, query


def _search(name: str, space: Space, k: int, query: str) -> str:
    """The function that finds the nearest rows."""
    m, n = space.rows.shape
    return f"""
static HOT SHARED void {name}_nearest(const int16_t *features, uint32_t *distances, uint16_t *nearest)
{{
    int16_t query[{n}];
    {query}
    compact_nearest{space.bits}({name}_rows, {m}, {n}, {k}, query, distances, nearest);
}}
"""


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


def _seen(affine: Affine, X: np.ndarray) -> np.ndarray:
    return affine.transform(X.astype(np.float64))


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
        proba = estimator.predict_proba(_seen(affine, X))
        return Answers(proba.argmax(axis=1), proba, near=_undecided(estimator, _seen(affine, X), k))

    wanted = reference(calibration)
    for bits in (8, 16):
        space = space_for(rows, affine.scale, bits)
        votes = np.stack([(labels[_nearest(space, calibration, k)] == c).sum(axis=1) for c in range(n_classes)], axis=1)
        other = float(((votes.argmax(axis=1) != wanted.classes) & ~wanted.near).mean())
        if space.exact or other <= MOST_OTHER:
            break
    off = float(np.abs(np.rint(votes * 255 / k) - wanted.proba * 255).max())
    text, size, query = _tables(name, space)
    text += array(f"{name}_labels", "uint8_t", labels) + array(
        f"{name}_shares", "uint8_t", np.rint(np.arange(k + 1) * 255 / k)
    )
    text += (
        _search(name, space, k, query)
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
        return estimator.predict(_seen(affine, X)).reshape(len(X), -1)

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
    text, size, query = _tables(name, space)
    text += (
        array(f"{name}_targets", "int32_t", whole.ravel())
        + _search(name, space, k, query)
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


def kmeans(estimator: Any, name: str, options: Options, calibration: np.ndarray, affine: Affine) -> Piece:
    """A KMeans or MiniBatchKMeans: the nearest centre, and as score minus its squared distance (KMeans.score of one row)."""
    kind = type(estimator).__name__
    if not hasattr(estimator, "cluster_centers_"):
        raise ConvertError(f"this {kind} is not fitted: call fit first")
    centres = estimator.cluster_centers_.astype(np.float64)
    rows = (centres - affine.offset) / affine.scale
    if np.abs(rows).max() > 32768:
        raise ConvertError("its centres are beyond int16: fit on int16 features")
    n = rows.shape[1]
    top = 2 * math.isqrt((2**31 - 1) // n) // 3
    around = np.vstack([rows, calibration])
    span = max(float((np.ptp(around, axis=0) * affine.scale).max()), 1e-9)
    power = int(np.clip(np.floor(np.log2(min(top, 32767) / span)), -15, 15))
    power = min(power, int(np.floor(np.log2(32767 / affine.scale.max()))))
    space = space_for(rows, affine.scale, 16, 2.0**power, around)
    fraction, coarser = max(2 * power, 0), max(-2 * power, 0)
    far = (2**31 - 1) >> coarser
    n_clusters = len(rows)
    text, size, query = _tables(name, space)
    text += (
        _search(name, space, 1, query)
        + f"""
static uint8_t {name}_classify(const ROM model_t *self, const int16_t *features, uint8_t *proba)
{{
    uint32_t distance;
    uint16_t nearest;
    (void)self;
    {name}_nearest(features, &distance, &nearest);
    compact_only((uint8_t)nearest, {n_clusters}, proba);
    return (uint8_t)nearest;
}}

static int32_t {name}_score(const ROM model_t *self, const int16_t *features)
{{
    uint32_t distance;
    uint16_t nearest;
    (void)self;
    {name}_nearest(features, &distance, &nearest);
    return -(int32_t)((distance > {far}UL ? {far}UL : distance) << {coarser});
}}
"""
    )

    def exact(X: np.ndarray) -> np.ndarray:
        return ((_seen(affine, X)[:, None, :] - centres) ** 2).sum(axis=2)

    def score(X: np.ndarray) -> np.ndarray:
        return np.maximum(-exact(X).min(axis=1), -float(far << coarser) / 2.0**fraction)

    found = space.distances(calibration)
    wanted = exact(calibration)
    other = float((found.argmin(axis=1) != wanted.argmin(axis=1)).mean())
    held = -(np.minimum(found.min(axis=1), far) << coarser) / 2.0**fraction
    off = float(np.abs(held - score(calibration)).max())
    return Piece(
        kind=kind, code=text, headers=("compact_neighbours.h", "compact_softmax.h"),
        members={"classify": f"{name}_classify", "score": f"{name}_score"}, fraction=fraction, tables=size,
        reference=lambda X: Answers(estimator.predict(_seen(affine, X)), score=score(X)),
        bound=Bound(classes=MARGIN * other, score=MARGIN * off + 2.0**-fraction),
        note=f"{other:.2%} of the calibration rows get another centre, the squared distance is off by at most {off:.3g}; score is minus the "
        f"squared distance; features more than {-space.least} units outside the calibration rows' range saturate",
    )  # fmt: skip


KINDS = {
    "KNeighborsClassifier": classifier,
    "KNeighborsRegressor": regressor,
    "KMeans": kmeans,
    "MiniBatchKMeans": kmeans,
}
