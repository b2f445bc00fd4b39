"""Whether a model, the facts that are told of it and its calibration rows are of each other: C has no bounds to find out."""

from __future__ import annotations

from typing import Any

import numpy as np

from orchestrator.convert.errors import ConvertError
from orchestrator.convert.header import ModelFacts
from orchestrator.convert.pipeline import Parts

CLUSTERS = {"KMeans": "n_clusters", "MiniBatchKMeans": "n_clusters", "GaussianMixture": "n_components"}


def n_classes(estimator: Any) -> int | None:
    """How many classes it tells apart; None where that cannot be said, or it has none."""
    kind = type(estimator).__name__
    if kind == "EllipticEnvelope":
        return 2
    if kind in CLUSTERS:
        return int(getattr(estimator, CLUSTERS[kind]))
    found = getattr(estimator, "classes_", None)
    return len(found) if isinstance(found, np.ndarray) else None


def check_fitting(parts: Parts, facts: ModelFacts, rows: np.ndarray) -> None:
    """Raise ConvertError where they are not, and for a classifier that knows one class only."""
    wanted, kind = len(parts.affine.scale), type(parts.estimator).__name__
    for what, n in (("the facts name", facts.n_features), ("the calibration rows have", rows.shape[1])):
        if n != wanted:
            raise ConvertError(
                f"this {kind} was fitted on {wanted} features and {what} {n}: give the same ones, in order"
            )
    known = n_classes(parts.estimator)
    if known is None:
        return
    if known == 1 and hasattr(parts.estimator, "classes_"):
        raise ConvertError(
            f"this {kind} was fitted on one class only, so it has nothing to tell: fit it on rows of two or more"
        )
    if known != len(facts.classes):
        raise ConvertError(
            f"this {kind} has {known} classes and the facts name {len(facts.classes)}: name each, in the order of its classes"
        )
