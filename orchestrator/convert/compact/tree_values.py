"""Trees and forests that regress, of one output or several: the mean of the trees' leaves, in integers."""

from __future__ import annotations

from typing import Any

import numpy as np

from orchestrator.convert.compact.sums import Sums, Terms, add_up, from_sklearn
from orchestrator.convert.ensemble import trees
from orchestrator.convert.errors import ConvertError
from orchestrator.convert.options import Options
from orchestrator.convert.piece import Answers, Bound, Piece
from orchestrator.convert.pipeline import Affine

REGRESSORS = ("DecisionTreeRegressor", "ExtraTreeRegressor", "RandomForestRegressor", "ExtraTreesRegressor")


def regress_function(name: str) -> str:
    """The member `regress` over `<name>_sums`."""
    return f"""
static void {name}_regress(const ROM model_t *self, const int16_t *features, int32_t *outputs)
{{
    (void)self;
    {name}_sums(features, outputs);
}}
"""


def regressor(estimator: Any, name: str, sums: Sums, predict: Any) -> Piece:
    """The piece of a sum whose outputs are the model's own; `predict` takes int16 rows."""
    return Piece(
        kind=type(estimator).__name__,
        code=sums.code + regress_function(name),
        headers=("compact_trees.h",),
        members={"regress": f"{name}_regress"},
        n_outputs=sums.n,
        fraction=sums.fraction,
        reference=lambda X: Answers(outputs=np.asarray(predict(X), dtype=float).reshape(len(X), sums.n)),
        bound=Bound(output=sums.error * (1 + 1e-6)),
        tables=sums.size,
        branches=sums.branches,
        note=f"outputs are within {sums.error:.3g} of the estimator's; no sum can overflow",
    )


def terms(estimator: Any) -> Terms:
    """The trees of a forest or a tree, whose sum is its answer. Raises ConvertError for one that is not fitted."""
    if not hasattr(estimator, "tree_") and not hasattr(estimator, "estimators_"):
        raise ConvertError(f"this {type(estimator).__name__} is not fitted: call fit first")
    all_trees = trees(estimator)
    group = [from_sklearn(t.tree_, t.tree_.value[:, :, 0] / len(all_trees)) for t in all_trees]
    return Terms([group], np.zeros((1, group[0].values.shape[1])))


def forest(estimator: Any, name: str, options: Options, calibration: np.ndarray, affine: Affine) -> Piece:
    """A tree, a random forest or extra trees that regress."""
    sums = add_up(name, terms(estimator), affine, options)
    return regressor(estimator, name, sums, lambda X: estimator.predict(affine.transform(X)))


KINDS = dict.fromkeys(REGRESSORS, forest)
