"""Which estimators convert, with which engine."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from typing import Any

import numpy as np

from orchestrator.convert.errors import ConvertError
from orchestrator.convert.options import ENGINES, Options
from orchestrator.convert.piece import Piece
from orchestrator.convert.pipeline import Affine, unwrap
from orchestrator.convert.wanted import wanted

# (estimator, name, options, calibration rows int16 [n, n_features], affine) -> Piece; C names begin with `name`.
Convert = Callable[[Any, str, Options, np.ndarray, Affine], Piece]

# The modules of each engine; each has KINDS: {name of the estimator's class: Convert}.
FAMILIES = {
    "compact": ("trees", "tree_values", "boosting", "isolation", "linear", "mlp", "mixture", "neighbours", "centres"),
    "emlearn": ("trees",),
}

# Why some do not, by the estimator's class.
WHY_NOT = {
    "SVC": "a kernel machine keeps its training rows; use LinearSVC",
    "SVR": "a kernel machine keeps its training rows; use LinearSVR or Ridge",
    "NuSVC": "a kernel machine keeps its training rows; use LinearSVC",
}


def kinds(engine: str) -> dict[str, Convert]:
    """The estimators that `engine` takes."""
    found: dict[str, Convert] = {}
    for family in FAMILIES[engine]:
        found |= importlib.import_module(f"orchestrator.convert.{engine}.{family}").KINDS
    return found


def supported() -> list[str]:
    """Every estimator that some engine takes."""
    return sorted({kind for engine in ENGINES for kind in kinds(engine)})


def check_kind(estimator: Any) -> None:
    """Raise ConvertError for an estimator that no engine takes, with those that one does."""
    kind = type(estimator).__name__
    if kind not in supported():
        why = f" ({WHY_NOT[kind]})" if kind in WHY_NOT else ""
        raise ConvertError(f"{kind} cannot be converted{why}; these can: {', '.join(supported())}")


def piece_of(engine: str, model: Any, name: str, options: Options, calibration: np.ndarray) -> Piece:
    """The piece of a fitted estimator or pipeline for one engine.

    Raises ConvertError when no engine takes the estimator, or this one does not, or not this one.
    """
    parts = unwrap(model)
    check_kind(parts.estimator)
    takes = kinds(engine)
    kind = type(parts.estimator).__name__
    if kind not in takes:
        raise ConvertError(f"{engine} has no {kind}; these it has: {', '.join(sorted(takes))}; or use another engine")
    return wanted(takes[kind](parts.estimator, name, options, calibration, parts.affine), name, options)
