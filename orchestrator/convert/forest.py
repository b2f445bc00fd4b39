"""Tree ensembles through emlearn, with its faults mended.

Mended here (checked against emlearn 0.23.2 by test/host/convert_test.py):
- emlearn emits `x < int(t)` where scikit-learn has `x <= t`; on integer features `x < floor(t) + 1` is the same.
- emlearn rounds leaf proportions to 254ths and truncates; here they are exact multiples of 1/128 (see `snap`).
"""

from __future__ import annotations

import math
import warnings
from typing import Any

import numpy as np

LEAF_ONE = 128
SUPPORTED = (
    "RandomForestClassifier",
    "ExtraTreesClassifier",
    "DecisionTreeClassifier",
)
MAX_CLASSES = 30
MAX_FEATURES = 127
MAX_TREES = 500


class ConvertError(ValueError):
    """The model cannot be converted; the message says why and what can be."""


def trees(estimator: Any) -> list[Any]:
    """The trees of an ensemble, or the one tree."""
    return list(estimator.estimators_) if hasattr(estimator, "estimators_") else [estimator]


def check(estimator: Any) -> None:
    """Raise ConvertError for what this converter does not take."""
    kind = type(estimator).__name__
    if kind not in SUPPORTED:
        raise ConvertError(f"{kind} cannot be converted yet; these can: {', '.join(SUPPORTED)}")
    if not hasattr(estimator, "classes_"):
        raise ConvertError(f"this {kind} is not fitted: call fit first")
    if getattr(estimator, "n_outputs_", 1) != 1:
        raise ConvertError("a forest with several outputs cannot be converted: train one forest for each output")
    for value, limit, what in (
        (len(estimator.classes_), MAX_CLASSES, "classes"),
        (estimator.n_features_in_, MAX_FEATURES, "features"),
        (len(trees(estimator)), MAX_TREES, "trees"),
    ):
        if value > limit:
            raise ConvertError(f"the model has {value} {what}; emlearn's trees take at most {limit}")


def _share_out(proportions: np.ndarray) -> np.ndarray:
    """Round rows that sum to 1 to multiples of 1/128 that sum to 1, by largest remainder (ties to the lower class)."""
    exact = proportions / proportions.sum(axis=1, keepdims=True) * LEAF_ONE
    whole = np.floor(exact).astype(int)
    missing = LEAF_ONE - whole.sum(axis=1)
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
    check(estimator)
    for tree in trees(estimator):
        values = tree.tree_.value  # a view: [n_nodes, 1, n_classes]
        values[:, 0, :] = _share_out(values[:, 0, :]) / LEAF_ONE
    return estimator


def _emlearn_byte(k: int) -> int:
    """What emlearn's quantiser makes of the proportion k/128; it is one to one."""
    return int(np.uint8(np.round(k / LEAF_ONE * 254) / 254 * 255))


def to_emlearn(estimator: Any, name: str) -> str:
    """The C that emlearn writes for a snapped tree ensemble on int16 features: `static EmlTrees <name>`."""
    check(estimator)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        settings = np.geterr()
        import emlearn  # slow, and it makes numpy raise on every floating-point event

        np.seterr(**settings)
        converted = emlearn.convert(estimator, method="loadable", dtype="int16_t", leaf_bits=8)
    nodes, roots, leaves = converted.forest_
    for node in nodes:
        threshold = math.floor(node[1]) + 1
        if not -32768 <= threshold <= 32767:
            raise ConvertError(f"feature {node[0]} is split at {node[1]}, beyond int16: train on int16 features")
        node[1] = threshold
    back = {_emlearn_byte(k): k for k in range(LEAF_ONE + 1)}
    leaves = [np.array([back.get(int(byte), 0) for byte in leaf], dtype=np.uint8) for leaf in leaves]
    if any(int(leaf.sum()) != LEAF_ONE for leaf in leaves):
        raise ConvertError("the model's leaves are not multiples of 1/128: pass it through convert.snap first")
    converted.forest_ = (nodes, roots, leaves)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        code = converted.save(name=name, format="c", include_proba=False)
    mutable = f"EmlTrees {name} = {{"
    if mutable not in code:
        raise ConvertError("this emlearn writes its trees in another form than 0.23.2: install the pinned version")
    return code.replace(mutable, f"static const {mutable}")  # a table of constants belongs in flash
