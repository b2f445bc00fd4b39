"""The options that change a model of trees on purpose, applied to a copy of it, and what the model was before."""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from orchestrator.convert.compact.leaves import CLUSTERED
from orchestrator.convert.compress.prune import order
from orchestrator.convert.compress.shapes import PRUNED, Shape, check_trees, members, shape, with_splits
from orchestrator.convert.compress.thresholds import on_a_grid
from orchestrator.convert.ensemble import CLASSIFIERS, share_out
from orchestrator.convert.errors import ConvertError
from orchestrator.convert.options import Options
from orchestrator.convert.piece import Answers
from orchestrator.convert.pipeline import unwrap

VALUE_BYTES = 2.0  # a leaf that is added up, in int16


def _with_estimator(model: Any, old: Any, new: Any) -> Any:
    """The model, a pipeline or the estimator itself, with another estimator."""
    if model is old:
        return new
    changed = copy.copy(model)
    changed.steps = [(name, new if step is old else step) for name, step in model.steps]
    return changed


def _leaf_bytes(estimator: Any, found: Shape, options: Options) -> np.ndarray:
    """What each node of a tree takes as a leaf in the tables of lib/compact, about: nothing where it is one class or one of few rows."""
    if type(estimator).__name__ not in CLASSIFIERS:
        return np.full(len(found.left), VALUE_BYTES * found.values.shape[1])
    if options.vote == "hard" or options.leaves:
        return np.zeros(len(found.left))
    shares = np.count_nonzero(share_out(found.values, options.leaf_steps or CLUSTERED), axis=1)
    return np.where(shares > 1, shares, 0).astype(float)


def _coarse(estimator: Any, options: Options, found: Shape) -> Shape:
    """The tree with leaves in 16ths, where nothing else says how fine they are: mixed leaves of any fineness would take more than pruning saves."""
    if type(estimator).__name__ not in CLASSIFIERS or options.vote == "hard" or options.leaves or options.leaf_steps:
        return found
    return replace(found, values=share_out(found.values, CLUSTERED) / CLUSTERED)


def compressed(
    model: Any, options: Options, rows: np.ndarray, bytes_of: Callable[[Any], float]
) -> tuple[Any, Sequence[str]]:
    """The model with its thresholds on a grid and pruned to its budget as the options say, and what was done in words; the model itself where
    they say nothing.

    `rows` are int16 [n, n_features]. `bytes_of` converts a model and tells its bytes, infinite for one that does not fit the
    format. Pruning halves the number of splits between one that fits and one that does not, so that a larger budget never prunes more,
    even where a model with fewer splits takes more bytes. Raises ConvertError for a model without trees, and for a budget
    that cannot be met.
    """
    if options.threshold_bits is None and options.max_bytes is None:
        return model, []
    parts, notes = unwrap(model), []
    if options.threshold_bits is not None:
        notes.append(f"thresholds on {2**options.threshold_bits} lines a feature")

    def made(estimator: Any) -> Any:
        if options.threshold_bits is not None:
            estimator = on_a_grid(estimator, options.threshold_bits, rows, parts.affine)
        return _with_estimator(model, parts.estimator, estimator)

    whole = made(parts.estimator)
    if options.max_bytes is None:
        return whole, notes
    check_trees(parts.estimator, PRUNED, "max_bytes")
    if bytes_of(whole) <= options.max_bytes:
        return whole, notes
    fitted = [shape(parts.estimator, member) for member in members(parts.estimator)]
    steps, costs = order(fitted, [_leaf_bytes(parts.estimator, found, options) for found in fitted])
    shapes = [_coarse(parts.estimator, options, found) for found in fitted]

    def pruned(taken: int) -> Any:
        return made(with_splits(parts.estimator, shapes, [step > taken for step in steps]))

    too_few, enough = -1, len(costs) - 1
    best = pruned(enough)
    if (least := bytes_of(best)) > options.max_bytes:
        raise ConvertError(
            f"max_bytes is {options.max_bytes:,}, and even without any split the model takes {least:,.0f} bytes, "
            f"{least - options.max_bytes:,.0f} more: choose a larger budget, or fit fewer trees"
        )
    while enough - too_few > 1:
        middle = (too_few + enough) // 2
        trial = pruned(middle)
        if bytes_of(trial) <= options.max_bytes:
            enough, best = middle, trial
        else:
            too_few = middle
    notes.append(f"pruned to {len(costs) - 1 - enough:,} of {len(costs) - 1:,} splits")
    if any(one is not other for one, other in zip(shapes, fitted, strict=True)):
        notes.append(f"leaves in {CLUSTERED}ths")
    return best, notes


def fitted_answers(model: Any, rows: np.ndarray) -> Answers:
    """What a fitted model of trees says of int16 rows: classes, outputs or scores."""
    parts = unwrap(model)
    seen = parts.affine.transform(rows)
    if hasattr(parts.estimator, "classes_"):
        return Answers(classes=np.searchsorted(parts.estimator.classes_, parts.estimator.predict(seen)))
    if hasattr(parts.estimator, "decision_function"):
        return Answers(score=parts.estimator.decision_function(seen))
    return Answers(outputs=np.asarray(parts.estimator.predict(seen), dtype=float).reshape(len(rows), -1))
