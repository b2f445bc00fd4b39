"""Whether a model, the facts that are told of it and its calibration rows are of each other: C has no bounds to find out."""

from __future__ import annotations

from typing import Any

import numpy as np

from orchestrator.convert.errors import ConvertError
from orchestrator.convert.header import ModelFacts, check_facts
from orchestrator.convert.pipeline import Parts

CLUSTERS = {"KMeans": "n_clusters", "MiniBatchKMeans": "n_clusters", "GaussianMixture": "n_components"}
NUMBERS = (
    "coef_", "intercept_", "coefs_", "intercepts_", "theta_", "means_", "precisions_cholesky_", "location_", "precision_",
    "cluster_centers_",
)  # fmt: skip


def n_classes(estimator: Any) -> int | None:
    """How many classes it tells apart; None where that cannot be said, or it has none."""
    kind = type(estimator).__name__
    if kind == "EllipticEnvelope":
        return 2
    if kind in CLUSTERS:
        return int(getattr(estimator, CLUSTERS[kind]))
    found = getattr(estimator, "classes_", None)
    return len(found) if isinstance(found, np.ndarray) else None


def _finite(estimator: Any) -> bool:
    """Whether the numbers that make up its answers are."""
    held = [value for name in NUMBERS for value in _arrays(getattr(estimator, name, None))]
    return all(np.isfinite(value).all() for value in held)


def _arrays(value: Any) -> list[np.ndarray]:
    return (
        []
        if value is None
        else [np.asarray(part, dtype=float) for part in (value if isinstance(value, list) else [value])]
    )


def _check_estimator(estimator: Any) -> None:
    """Raise ConvertError for one that scikit-learn itself can hardly ask, or whose answers are not one class."""
    kind = type(estimator).__name__
    if not _finite(estimator):
        raise ConvertError(
            f"this {kind} has numbers that are infinite or none: it has not converged; scale the features and fit again"
        )
    if kind == "GaussianNB" and not (estimator.var_ > 0).all():
        raise ConvertError(
            "a feature has the variance 0 within a class: leave it out, or fit with a var_smoothing above 0"
        )
    if getattr(estimator, "n_neighbors", 0) > getattr(estimator, "n_samples_fit_", np.inf):
        raise ConvertError(
            f"this {kind} asks for {estimator.n_neighbors} neighbours of {estimator.n_samples_fit_} rows: fit on more"
        )
    binarizer = getattr(estimator, "_label_binarizer", None)
    if str(getattr(binarizer, "y_type_", "")).startswith("multilabel"):
        raise ConvertError(f"a multilabel {kind} does not convert: train one for each label")


def check_fitting(parts: Parts, facts: ModelFacts, rows: np.ndarray) -> None:
    """Raise ConvertError where they are not, and for one class only where a score is compared with none."""
    check_facts(facts)
    wanted, kind = len(parts.affine.scale), type(parts.estimator).__name__
    for what, n in (("the facts name", facts.n_features), ("the calibration rows have", rows.shape[1])):
        if n != wanted:
            raise ConvertError(
                f"this {kind} was fitted on {wanted} features and {what} {n}: give the same ones, in order"
            )
    _check_estimator(parts.estimator)
    known = n_classes(parts.estimator)
    if known is None:
        return
    if known == 1 and any(hasattr(parts.estimator, name) for name in ("coef_", "_predictors")):
        raise ConvertError(
            f"this {kind} was fitted on one class only, so it has nothing to tell: fit it on rows of two or more"
        )
    if known != len(facts.classes):
        raise ConvertError(
            f"this {kind} has {known} classes and the facts name {len(facts.classes)}: name each, in the order of its classes"
        )
