"""Gradient boosting, both of scikit-learn's kinds: sums of leaves per class or output, in integers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from orchestrator.convert.compact.logs import PROBA_ERROR, Logs, logs_for
from orchestrator.convert.compact.sums import Source, Terms, add_up, from_sklearn
from orchestrator.convert.compact.tree_values import regressor
from orchestrator.convert.errors import ConvertError
from orchestrator.convert.options import Options
from orchestrator.convert.piece import Answers, Bound, Piece
from orchestrator.convert.pipeline import Affine


def _plain(estimator: Any) -> Terms:
    """GradientBoosting*."""
    if not hasattr(estimator, "estimators_"):
        raise ConvertError(f"this {type(estimator).__name__} is not fitted: call fit first")
    if type(estimator.init_).__name__ not in ("DummyClassifier", "DummyRegressor", "str"):
        raise ConvertError(
            "gradient boosting that starts from another estimator cannot be converted: leave init as it is"
        )
    groups = [
        [from_sklearn(stage.tree_, stage.tree_.value[:, :, 0] * estimator.learning_rate) for stage in stages]
        for stages in estimator.estimators_.T
    ]
    start = estimator._raw_predict_init(np.zeros((1, estimator.n_features_in_), dtype=np.float32))
    return Terms(groups, np.reshape(start, (len(groups), 1)))


def _binned(estimator: Any) -> Terms:
    """HistGradientBoosting*."""
    if not hasattr(estimator, "_predictors"):
        raise ConvertError(f"this {type(estimator).__name__} is not fitted: call fit first")
    if any(tree.nodes["is_categorical"].any() for stage in estimator._predictors for tree in stage):
        raise ConvertError(
            "categorical features cannot be converted: encode them as numbers, or one-hot, before fitting"
        )
    groups = []
    for k in range(len(estimator._predictors[0])):
        group = []
        for stage in estimator._predictors:
            nodes, inner = stage[k].nodes, stage[k].nodes["is_leaf"] == 0
            group.append(
                Source(
                    nodes["feature_idx"].astype(int).tolist(),
                    nodes["num_threshold"].tolist(),
                    np.where(inner, nodes["left"].astype(int), -1).tolist(),
                    np.where(inner, nodes["right"].astype(int), -1).tolist(),
                    nodes["value"].reshape(-1, 1),
                    nodes["count"],
                )
            )
        groups.append(group)
    start = np.reshape(estimator._baseline_prediction, (len(groups), 1))
    return Terms(groups, start, single=False)


def terms(estimator: Any) -> Terms:
    """The trees, a group a class or output. Raises ConvertError for what does not convert."""
    if getattr(estimator, "loss", "") in ("poisson", "gamma"):
        raise ConvertError(
            f"the loss {estimator.loss} has an exponential after the trees: fit the target's logarithm instead"
        )
    return (_binned if type(estimator).__name__.startswith("Hist") else _plain)(estimator)


def regress(estimator: Any, name: str, options: Options, calibration: np.ndarray, affine: Affine) -> Piece:
    """Boosting that regresses."""
    sums = add_up(name, terms(estimator), affine, options)
    return regressor(estimator, name, sums, lambda X: estimator.predict(affine.transform(X)))


def _slope(estimator: Any) -> float:
    """What a step of a score is to a probability's logarithm."""
    return 2.0 if getattr(estimator, "loss", "") == "exponential" else 1.0


def logs_of(estimator: Any, fraction: int) -> Logs:
    """What scores of so many bits of fraction are worth."""
    return logs_for(_slope(estimator) * 2.0**-fraction)


def class_bound(estimator: Any, error: float) -> Bound:
    """How far probabilities may be off whose scores are by `error`."""
    return Bound(proba=PROBA_ERROR + 255 * _slope(estimator) * error)


def class_answers(estimator: Any, affine: Affine, error: float) -> Callable[[np.ndarray], Answers]:
    """What a classifier answers to int16 rows; `error` is how far each score may be off."""

    def answers(X: np.ndarray) -> Answers:
        seen = affine.transform(X)
        scores = estimator.decision_function(seen).reshape(len(X), -1)
        if scores.shape[1] == 1:
            near = np.abs(scores[:, 0]) <= error * (1 + 1e-6)
        else:
            two = np.sort(scores, axis=1)[:, -2:]
            near = two[:, 1] - two[:, 0] <= 2 * error * (1 + 1e-6)
        classes = np.searchsorted(estimator.classes_, estimator.predict(seen))
        return Answers(classes=classes, proba=estimator.predict_proba(seen), near=near)

    return answers


def classify(estimator: Any, name: str, options: Options, calibration: np.ndarray, affine: Affine) -> Piece:
    """Boosting that classifies: of two classes, the second's score against zero; of more, the largest score."""
    sums = add_up(name, terms(estimator), affine, options)
    n_classes = len(estimator.classes_)
    first = 1 if sums.n == 1 else 0
    code = f"""{sums.code}
static uint8_t {name}_classify(const ROM model_t *self, const int16_t *features, uint8_t *proba)
{{
    int32_t scores[{n_classes}] = {{0}};
    (void)self;
    {name}_sums(features, scores + {first});
    return compact_soft(scores, {n_classes}, (compact_logs_t){logs_of(estimator, sums.fraction).literal}, proba);
}}
"""
    return Piece(
        kind=type(estimator).__name__,
        code=code,
        headers=("compact_softmax.h", "compact_trees.h"),
        members={"classify": f"{name}_classify"},
        reference=class_answers(estimator, affine, sums.error),
        bound=class_bound(estimator, sums.error),
        tables=sums.size,
        branches=sums.branches,
        note=f"scores are within {sums.error:.3g} of the estimator's, so classes differ only where two are nearer than twice that; no sum can overflow",
    )


KINDS = {
    "GradientBoostingClassifier": classify,
    "GradientBoostingRegressor": regress,
    "HistGradientBoostingClassifier": classify,
    "HistGradientBoostingRegressor": regress,
}
