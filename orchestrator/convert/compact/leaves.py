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

CLUSTERED = 16
LARGEST = 65535  # samples of a leaf that are told as a fraction
ROUNDING = 1e-12  # more than any sum of proportions in float64 is off
SAME = 2.0**-50  # a fraction of floats this near is the one that they were divided from


def _values(tree: Any) -> np.ndarray:
    return tree.tree_.value[:, 0, :] / tree.tree_.value[:, 0, :].sum(axis=1, keepdims=True)


def _with(estimator: Any, rows: Sequence[np.ndarray], one: int) -> Any:
    """A copy of an estimator with other leaves."""
    changed = copy.deepcopy(estimator)
    for tree, values in zip(trees(changed), rows, strict=True):
        tree.tree_.value[:, 0, :] = np.asarray(values) / one
    return changed


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


@dataclass(frozen=True)
class Made:
    """For each tree its nodes' rows, those of splits None. `fractions` is whether they are the leaves' own; else they are shares of SHARES.
    `estimator` is what scikit-learn answers for: the fitted one, or a copy with these leaves where they were changed `on_purpose`. `whole`: scikit-learn's own sum of them has no rounding."""

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
