"""A pipeline taken apart: what stands before the estimator, as an affine map of the integer features."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from orchestrator.convert.errors import ConvertError
from orchestrator.convert.quantise import HIGH, LOW, Quantiser

SCALERS = ("StandardScaler", "MinMaxScaler", "RobustScaler", "MaxAbsScaler")


@dataclass(frozen=True)
class Affine:
    """What the scalers do to integer features: x · scale + offset, each float64 [n_features], in exact arithmetic; `transform` is what
    scikit-learn computes, rounding included. Each scale is above zero, so both are monotone."""

    scale: np.ndarray
    offset: np.ndarray
    steps: tuple[Any, ...] = field(default=())
    _columns: dict[int, np.ndarray] = field(default_factory=dict, compare=False, repr=False)  # made once

    @property
    def is_identity(self) -> bool:
        """Whether the estimator sees the integers themselves."""
        return not self.steps

    def transform(self, X: np.ndarray) -> np.ndarray:
        """What the estimator sees of int16 rows."""
        for step in self.steps:
            X = step.transform(X)
        return X

    def column(self, feature: int) -> np.ndarray:
        """What the estimator sees of one feature's 65,536 values, from −32768 on; never falling."""
        values = np.arange(LOW, HIGH + 1, dtype=np.int32)
        if self.is_identity:
            return values.astype(np.float64)
        if feature not in self._columns:
            rows = np.zeros((len(values), len(self.scale)), dtype=np.int16)
            rows[:, feature] = values
            self._columns[feature] = self.transform(rows)[:, feature].copy()
        return self._columns[feature]


@dataclass(frozen=True)
class Parts:
    """A model taken apart: `quantiser` makes the integers, or None where features are integers; then `affine`; then the estimator."""

    quantiser: Quantiser | None
    affine: Affine
    estimator: Any


def identity(n_features: int) -> Affine:
    """No scaler."""
    return Affine(np.ones(n_features), np.zeros(n_features))


def _standard(step: Any, n: int) -> tuple[np.ndarray, np.ndarray]:
    scale = 1 / step.scale_ if step.scale_ is not None else np.ones(n)
    mean = step.mean_ if step.with_mean else np.zeros(n)
    return scale, -mean * scale


def _robust(step: Any, n: int) -> tuple[np.ndarray, np.ndarray]:
    scale = 1 / step.scale_ if step.with_scaling else np.ones(n)
    centre = step.center_ if step.with_centering else np.zeros(n)
    return scale, -centre * scale


def _min_max(step: Any, n: int) -> tuple[np.ndarray, np.ndarray]:
    if step.clip:
        raise ConvertError("a MinMaxScaler that clips is not affine: fit it with clip=False")
    return step.scale_, step.min_


_MAPS: dict[str, Callable[[Any, int], tuple[np.ndarray, np.ndarray]]] = {
    "StandardScaler": _standard,
    "RobustScaler": _robust,
    "MinMaxScaler": _min_max,
    "MaxAbsScaler": lambda step, n: (1 / step.scale_, np.zeros(n)),
}


def unwrap(model: Any) -> Parts:
    """The parts of a fitted pipeline, or of an estimator alone.

    Raises ConvertError for a step that is neither a Quantiser in the first place nor one of SCALERS.
    """
    steps = [step for _, step in model.steps] if hasattr(model, "steps") else [model]
    steps = [step for step in steps if not (isinstance(step, str) and step == "passthrough") and step is not None]
    if not steps:
        raise ConvertError("there is no model: give a fitted estimator, or a pipeline that ends in one")
    *before, estimator = steps
    n = getattr(before[0] if before else estimator, "n_features_in_", None)
    if n is None:
        raise ConvertError(f"this {type(estimator).__name__} is not fitted: call fit first")
    quantiser = before.pop(0) if before and isinstance(before[0], Quantiser) else None
    scale, offset = np.ones(n), np.zeros(n)
    for step in before:
        kind = type(step).__name__
        if kind not in _MAPS:
            where = "only as the first step" if kind == "Quantiser" else "not at all"
            raise ConvertError(
                f"a pipeline's step {kind} converts {where}; these do: {', '.join(('Quantiser', *SCALERS))}"
            )
        factor, shift = _MAPS[kind](step, n)
        scale, offset = scale * factor, offset * factor + shift
    if not (np.isfinite(scale).all() and np.isfinite(offset).all() and (scale > 0).all()):
        raise ConvertError("a scaler multiplies by zero, a negative number or infinity: fit it on data that varies")
    return Parts(quantiser, Affine(scale, offset, tuple(before)), estimator)
