"""Isolation forests: the mean depth at which a row is alone, as a power of two, in integers."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from orchestrator.convert.compact.logs import Logs, logs_for
from orchestrator.convert.compact.sums import Terms, add_up, from_sklearn
from orchestrator.convert.errors import ConvertError
from orchestrator.convert.options import Options
from orchestrator.convert.piece import Answers, Bound, Piece
from orchestrator.convert.pipeline import Affine

FRACTION = 15
EXP2_ERROR = 0.0002 + 2.0**-15 + math.log(2) / 4096  # compact_exp2's own, and its exponent's last bit of Q12


def _average_path(n: float) -> float:
    """The mean depth of a search in a tree of n rows (Liu, Ting and Zhou 2008, equation 1), as scikit-learn has it."""
    return 0.0 if n <= 1 else 1.0 if n == 2 else 2 * (math.log(n - 1) + np.euler_gamma) - 2 * (n - 1) / n


def _depths(tree: Any) -> np.ndarray:
    """At each node of a tree: its depth, and what its rows would still need."""
    depth = np.zeros(tree.node_count)
    for node in range(tree.node_count):  # parents come first
        if tree.children_left[node] >= 0:
            depth[[tree.children_left[node], tree.children_right[node]]] = depth[node] + 1
    return depth + np.array([_average_path(n) for n in tree.n_node_samples])


def terms(estimator: Any) -> Terms:
    """The trees of an isolation forest, whose leaves are depths in parts of the mean one. Raises ConvertError where there is nothing to add."""
    if not hasattr(estimator, "estimators_"):
        raise ConvertError("this IsolationForest is not fitted: call fit first")
    one = len(estimator.estimators_) * _average_path(estimator.max_samples_)
    if one == 0:
        raise ConvertError(
            "an IsolationForest of one row a tree scores every row the same: set max_samples to 2 or more"
        )
    group = [
        from_sklearn(tree.tree_, _depths(tree.tree_)[:, None] / one, columns)
        for tree, columns in zip(estimator.estimators_, estimator.estimators_features_, strict=True)
    ]
    return Terms([group], np.zeros((1, 1)))


def logs_of(fraction: int) -> Logs:
    """What a depth of so many bits of fraction is worth."""
    return logs_for(math.log(2) * 2.0**-fraction)


def offset_of(estimator: Any) -> int:
    """What is taken from the power."""
    return round(float(estimator.offset_) * 2**FRACTION)


def error_of(depth_error: float) -> float:
    """How far a score may be off."""
    return EXP2_ERROR + depth_error * math.log(2) + 2.0 ** -(FRACTION + 1)


def forest(estimator: Any, name: str, options: Options, calibration: np.ndarray, affine: Affine) -> Piece:
    """An isolation forest: `score` is its decision_function."""
    sums = add_up(name, terms(estimator), affine, options)
    code = f"""{sums.code}
static int32_t {name}_score(const ROM model_t *self, const int16_t *features)
{{
    int32_t depth;
    (void)self;
    {name}_sums(features, &depth);
    return -(int32_t)compact_exp2((uint32_t)depth, (compact_logs_t){logs_of(sums.fraction).literal}) - ({offset_of(estimator)}L);
}}
"""
    error = error_of(sums.error)
    return Piece(
        kind="IsolationForest",
        code=code,
        headers=("compact_softmax.h", "compact_trees.h"),
        members={"score": f"{name}_score"},
        fraction=FRACTION,
        reference=lambda X: Answers(score=estimator.decision_function(affine.transform(X))),
        bound=Bound(score=error),
        tables=sums.size,
        branches=sums.branches,
        note=f"scores are within {error:.2g} of the estimator's, so only a row whose score is nearer to zero may fall on the other side",
    )


KINDS = {"IsolationForest": forest}
