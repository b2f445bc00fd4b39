"""What scikit-learn's tree ensembles have in common, whatever engine walks them."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from orchestrator.convert.errors import ConvertError
from orchestrator.convert.piece import Answers

LEAF_ONE = 128
CLASSIFIERS = ("RandomForestClassifier", "ExtraTreesClassifier", "DecisionTreeClassifier")
MAX_TREES = 500


def trees(estimator: Any) -> list[Any]:
    """The trees of an ensemble, or the one tree."""
    return list(estimator.estimators_) if hasattr(estimator, "estimators_") else [estimator]


def check_classifier(estimator: Any) -> None:
    """Raise ConvertError for what is no fitted classifier of one output."""
    kind = type(estimator).__name__
    if kind not in CLASSIFIERS:
        raise ConvertError(f"{kind} is no tree classifier; these are: {', '.join(CLASSIFIERS)}")
    if not hasattr(estimator, "classes_"):
        raise ConvertError(f"this {kind} is not fitted: call fit first")
    if getattr(estimator, "n_outputs_", 1) != 1:
        raise ConvertError("a forest with several outputs cannot be converted: train one forest for each output")


def check_number(estimator: Any, limit: int, what: str, value: int) -> None:
    """Raise ConvertError where a number of the model is above a limit."""
    if value > limit:
        raise ConvertError(f"the model has {value} {what}; at most {limit} convert")


def share_out(proportions: np.ndarray, one: int = LEAF_ONE) -> np.ndarray:
    """Round rows that sum to 1 to multiples of 1/one that sum to 1, by largest remainder (ties to the lower class)."""
    exact = proportions / proportions.sum(axis=1, keepdims=True) * one
    whole = np.floor(exact).astype(int)
    missing = one - whole.sum(axis=1)
    order = np.argsort(-(exact - whole), axis=1, kind="stable")
    for row, count in enumerate(missing):
        whole[row, order[row, :count]] += 1
    return whole


def snap(estimator: Any) -> Any:
    """Round every leaf's class proportions in place to multiples of 1/128, and return the estimator.

    128ths are exact in binary, so scikit-learn's own floating-point vote over them has no rounding: the estimator
    and an integer vote then agree on every row, ties included. Call it right after `fit`: the snapped estimator is
    the model, and every figure is to be measured on it.
    """
    check_classifier(estimator)
    for tree in trees(estimator):
        values = tree.tree_.value  # a view: [n_nodes, 1, n_classes]
        values[:, 0, :] = share_out(values[:, 0, :]) / LEAF_ONE
    return estimator


def leaf_row(values: np.ndarray) -> list[int]:
    """A snapped leaf's proportions in 128ths."""
    row = [round(share * LEAF_ONE) for share in values]
    if any(share * LEAF_ONE != whole for share, whole in zip(values, row, strict=True)):
        raise ConvertError("the model's leaves are not multiples of 1/128: pass it through convert.snap first")
    return row


def int16_threshold(threshold: float, feature: int) -> int:
    """The largest integer that goes left."""
    whole = math.floor(threshold)
    if not -32768 <= whole <= 32767:
        raise ConvertError(f"feature {feature} is split at {threshold}, beyond int16: train on int16 features")
    return whole


def preorder(tree: Any) -> list[int]:
    """The nodes, each before its left subtree and that before its right one; no recursion, for trees can be deep."""
    order, left_to_do = [], [0]
    while left_to_do:
        node = left_to_do.pop()
        order.append(node)
        if tree.children_left[node] >= 0:
            left_to_do += [tree.children_right[node], tree.children_left[node]]
    return order


def said(estimator: Any, X: np.ndarray) -> Answers:
    """What scikit-learn answers to int16 rows."""
    proba = estimator.predict_proba(X)
    return Answers(classes=np.argmax(proba, axis=1), proba=proba)
