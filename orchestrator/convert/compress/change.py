"""The options that change a model of trees on purpose, applied to a copy of it, and what the model was before."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import numpy as np

from orchestrator.convert.compress.prune import order
from orchestrator.convert.compress.shapes import PRUNED, check_trees, members, shape, with_splits
from orchestrator.convert.compress.thresholds import on_a_grid
from orchestrator.convert.errors import ConvertError
from orchestrator.convert.options import Options
from orchestrator.convert.piece import Answers
from orchestrator.convert.pipeline import unwrap


def _with_estimator(model: Any, old: Any, new: Any) -> Any:
    """The model, a pipeline or the estimator itself, with another estimator."""
    if model is old:
        return new
    changed = copy.copy(model)
    changed.steps = [(name, new if step is old else step) for name, step in model.steps]
    return changed


def compressed(model: Any, options: Options, rows: np.ndarray, bytes_of: Callable[[Any], float]) -> Any:
    """The model with its thresholds on a grid and pruned to its budget as the options say; the model itself where they say nothing.

    `rows` are int16 [n, n_features]. `bytes_of` converts a model and tells its bytes, infinite for one that does not fit the
    format. Pruning halves the number of splits between one that fits and one that does not, so that a larger budget never prunes more,
    even where a model with fewer splits takes more bytes. Raises ConvertError for a model without trees, and for a budget
    that cannot be met.
    """
    if options.threshold_bits is None and options.max_bytes is None:
        return model
    parts = unwrap(model)

    def made(estimator: Any) -> Any:
        if options.threshold_bits is not None:
            estimator = on_a_grid(estimator, options.threshold_bits, rows, parts.affine)
        return _with_estimator(model, parts.estimator, estimator)

    whole = made(parts.estimator)
    if options.max_bytes is None:
        return whole
    check_trees(parts.estimator, PRUNED, "max_bytes")
    if bytes_of(whole) <= options.max_bytes:
        return whole
    shapes = [shape(parts.estimator, member) for member in members(parts.estimator)]
    steps, costs = order(shapes)

    def pruned(taken: int) -> Any:
        return made(with_splits(parts.estimator, shapes, [step > taken for step in steps]))

    too_few, enough = 0, len(costs) - 1
    best = pruned(enough)
    if (least := bytes_of(best)) > options.max_bytes:
        raise ConvertError(
            f"max_bytes is {options.max_bytes}, and even without any split the tables take {least:,} bytes, "
            f"{least - options.max_bytes:,} more: choose a larger budget, or fit fewer trees"
        )
    while enough - too_few > 1:
        middle = (too_few + enough) // 2
        trial = pruned(middle)
        if bytes_of(trial) <= options.max_bytes:
            enough, best = middle, trial
        else:
            too_few = middle
    return best


def fitted_answers(model: Any, rows: np.ndarray) -> Answers:
    """What a fitted model of trees says of int16 rows: classes, outputs or scores."""
    parts = unwrap(model)
    seen = parts.affine.transform(rows)
    if hasattr(parts.estimator, "classes_"):
        return Answers(classes=np.searchsorted(parts.estimator.classes_, parts.estimator.predict(seen)))
    if hasattr(parts.estimator, "decision_function"):
        return Answers(score=parts.estimator.decision_function(seen))
    return Answers(outputs=np.asarray(parts.estimator.predict(seen), dtype=float).reshape(len(rows), -1))
