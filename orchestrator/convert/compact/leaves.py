"""The leaves of a voting ensemble: as fractions, changed on purpose or rounded, and what scikit-learn then answers."""

from __future__ import annotations

import copy
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from typing import Any

import numpy as np

from orchestrator.convert.compact.rows import SHARES, Row, row_of
from orchestrator.convert.ensemble import share_out, trees
from orchestrator.convert.options import Options
from orchestrator.convert.piece import Answers
from orchestrator.convert.pipeline import Affine

EXACT = (16, 128)  # steps in which a snapped model's leaves are whole
FINE = (128, 1024, 32768)  # steps tried for one that is not, until the calibration rows answer the same
CLUSTERED = 16
LARGEST = 65535  # samples of a leaf that are told as a fraction
ROUNDING = 1e-12  # more than any sum of proportions in float64 is off
SAME = 2.0**-50  # a fraction of floats this near is the one that they were divided from
PROBA_255 = 1.0  # how far a probability of a model that was not snapped may be, in 255ths


@dataclass(frozen=True)
class Leaves:
    """For each tree int [n_nodes, n_classes], multiples of 1/one. `estimator` is what scikit-learn answers for: the fitted one, or a copy with
    these leaves where they were changed `on_purpose`. `error` is how far any proportion may be from the fitted one's, mean over the trees."""

    rows: Sequence[np.ndarray]
    one: int
    estimator: Any
    on_purpose: bool
    error: float


def _values(tree: Any) -> np.ndarray:
    return tree.tree_.value[:, 0, :] / tree.tree_.value[:, 0, :].sum(axis=1, keepdims=True)


def _with(estimator: Any, rows: Sequence[np.ndarray], one: int) -> Any:
    """A copy of an estimator with other leaves."""
    changed = copy.deepcopy(estimator)
    for tree, values in zip(trees(changed), rows, strict=True):
        tree.tree_.value[:, 0, :] = np.asarray(values) / one
    return changed


def _error(estimator: Any, rows: Sequence[np.ndarray], one: int) -> float:
    worst = []
    for tree, values in zip(trees(estimator), rows, strict=True):
        leaf = tree.tree_.children_left < 0
        worst.append(np.abs(values[leaf] / one - _values(tree)[leaf]).max())
    return float(np.mean(worst))


def _cluster(estimator: Any, n_rows: int, one: int) -> list[np.ndarray]:
    """Every leaf replaced by the nearest of `n_rows` rows, found by k-means over the leaves."""
    from sklearn.cluster import KMeans

    all_values = [_values(tree) for tree in trees(estimator)]
    leaf = [tree.tree_.children_left < 0 for tree in trees(estimator)]
    points, weight = np.unique(
        np.vstack([v[m] for v, m in zip(all_values, leaf, strict=True)]), axis=0, return_counts=True
    )
    if len(points) <= n_rows:
        return [share_out(values, one) for values in all_values]
    means = KMeans(n_rows, n_init=4, random_state=0).fit(points, sample_weight=weight)
    centres = share_out(np.maximum(means.cluster_centers_, 0), one)
    return [centres[means.predict(values)] for values in all_values]


def _votes(estimator: Any, rows: Sequence[np.ndarray], seen: np.ndarray) -> np.ndarray:
    return sum(values[tree.apply(seen)] for tree, values in zip(trees(estimator), rows, strict=True))


@dataclass(frozen=True)
class Made:
    """For each tree its nodes' rows, those of splits None. `fractions` is whether they are the leaves' own; else they are shares of SHARES.
    `estimator` and `on_purpose` as in Leaves. `whole`: scikit-learn's own sum of them has no rounding."""

    rows: Sequence[Sequence[Row | None]]
    fractions: bool
    estimator: Any
    on_purpose: bool
    whole: bool


def _by_leaf(estimator: Any, make: Callable[[np.ndarray], Row | None]) -> list[list[Row | None]]:
    """What `make` makes of each leaf's proportions, for each tree; it is asked once for leaves that are alike."""
    known: dict[bytes, Row | None] = {}
    found = []
    for tree in trees(estimator):
        rows: list[Row | None] = [None] * tree.tree_.node_count
        values = _values(tree)
        for node in np.flatnonzero(tree.tree_.children_left < 0):
            key = values[node].tobytes()
            if key not in known:
                known[key] = make(values[node])
            rows[node] = known[key]
        found.append(rows)
    return found


@cache
def _fraction(value: float) -> Fraction | None:
    near = Fraction(value).limit_denominator(LARGEST)
    return near if abs(float(near) - value) <= SAME else None


def _counted(values: np.ndarray) -> Row | None:
    """A leaf's proportions as what they were divided from: numbers of samples."""
    found = [_fraction(value) for value in values.tolist()]
    if None in found:
        return None
    n = math.lcm(*(fraction.denominator for fraction in found))
    counts = [int(fraction * n) for fraction in found]
    return row_of(counts) if sum(counts) == n <= LARGEST else None


def shares(estimator: Any) -> list[list[Row | None]]:
    """The rows of leaves as shares of SHARES, each off by less than one."""
    return _by_leaf(estimator, lambda values: row_of(share_out(values[None], SHARES)[0].tolist(), SHARES))


def made(estimator: Any, options: Options) -> Made:
    """The leaves as fractions where they are fractions, else as shares; with `leaves` or `leaf_steps` changed on purpose."""
    if options.leaves or options.leaf_steps:
        one = options.leaf_steps or CLUSTERED
        changed = [rows.tolist() for rows in _cluster(estimator, options.leaves or 2**31, one)]
        rows = [[row_of(counts) for counts in nodes] for nodes in changed]
        return Made(rows, True, _with(estimator, changed, one), True, True)
    rows = _by_leaf(estimator, _counted)
    leaf_rows = [
        [rows[node] for node in np.flatnonzero(tree.tree_.children_left < 0)]
        for tree, rows in zip(trees(estimator), rows, strict=True)
    ]
    if any(row is None for of_tree in leaf_rows for row in of_tree):
        return Made(shares(estimator), False, estimator, False, False)
    ns = {row.n for of_tree in leaf_rows for row in of_tree}
    return Made(rows, True, estimator, False, all(n & (n - 1) == 0 for n in ns))


def made_answers(made: Made, margin: float, X: np.ndarray, affine: Affine) -> Answers:
    """What scikit-learn says, and on which rows two classes are no further apart than `margin`, or than its own sum's rounding."""
    proba = made.estimator.predict_proba(affine.transform(X))
    near = None
    if not (made.whole and margin == 0) and proba.shape[1] > 1:
        two = np.sort(proba, axis=1)[:, -2:]
        near = two[:, 1] - two[:, 0] <= margin + ROUNDING
    return Answers(classes=np.argmax(proba, axis=1), proba=proba, near=near)


def soft(estimator: Any, options: Options, X: np.ndarray, affine: Affine) -> Leaves:
    """The coarsest leaves with which the vote is scikit-learn's: exactly for a snapped model; on the rows X, with probabilities within 1/255,
    for another. With `leaves` or `leaf_steps` the leaves are changed on purpose."""
    if options.leaves or options.leaf_steps:
        one = options.leaf_steps or CLUSTERED
        rows = _cluster(estimator, options.leaves or 2**31, one)
        return Leaves(rows, one, _with(estimator, rows, one), True, _error(estimator, rows, one))
    for one in EXACT:
        rows = [share_out(_values(tree), one) for tree in trees(estimator)]
        if _error(estimator, rows, one) == 0:
            return Leaves(rows, one, estimator, False, 0.0)
    seen = affine.transform(X)
    wanted = estimator.predict_proba(seen)
    for one in FINE:
        rows = [share_out(_values(tree), one) for tree in trees(estimator)]
        votes = _votes(estimator, rows, seen)
        off = np.abs(votes / votes.sum(axis=1, keepdims=True) - wanted).max() * 255
        same = (np.argmax(votes, axis=1) == np.argmax(wanted, axis=1)).all()
        if one == FINE[-1] or (same and off <= PROBA_255 - 0.5):
            break
    return Leaves(rows, one, estimator, False, _error(estimator, rows, one))


def soft_answers(leaves: Leaves, X: np.ndarray, affine: Affine) -> Answers:
    """What scikit-learn says, and on which rows two classes are nearer than the leaves' error."""
    proba = leaves.estimator.predict_proba(affine.transform(X))
    near = None
    if leaves.error > 0 and not leaves.on_purpose and proba.shape[1] > 1:
        two = np.sort(proba, axis=1)[:, -2:]
        near = two[:, 1] - two[:, 0] <= 2 * leaves.error + 1e-12
    return Answers(classes=np.argmax(proba, axis=1), proba=proba, near=near)


def hard(estimator: Any) -> list[np.ndarray]:
    """Each tree's nodes' classes, the lowest of equals."""
    return [np.argmax(tree.tree_.value[:, 0, :], axis=1) for tree in trees(estimator)]


def hard_answers(estimator: Any, X: np.ndarray, affine: Affine) -> Answers:
    """The majority vote of the trees, the lowest of equals."""
    seen = affine.transform(X)
    votes = np.zeros((len(X), len(estimator.classes_)))
    for tree, classes in zip(trees(estimator), hard(estimator), strict=True):
        votes[np.arange(len(X)), classes[tree.apply(seen)]] += 1
    return Answers(classes=np.argmax(votes, axis=1), proba=votes / len(trees(estimator)))
