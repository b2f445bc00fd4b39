"""The rows of the cases: scikit-learn's bundled sets and a synthetic one, as int16, the same for every engine."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
from sklearn.datasets import load_breast_cancer, load_diabetes, load_digits, load_wine, make_classification
from sklearn.model_selection import train_test_split

LOADERS = {"digits": load_digits, "cancer": load_breast_cancer, "wine": load_wine, "diabetes": load_diabetes}
CLASSES = {"digits": 10, "cancer": 2, "wine": 3, "diabetes": 0, "synthetic": 4}
HALF_RANGE = 1000  # of quantised features: small enough that no peer's sum of squares leaves 32 bits


@dataclass(frozen=True)
class Rows:
    """int16 [n, n_features] to learn from and to be tested on, and what is to be learned."""

    train: np.ndarray
    truth: np.ndarray
    test: np.ndarray


def _synthetic() -> tuple[np.ndarray, np.ndarray]:
    """Six features over most of int16, hardly a value twice."""
    x, y = make_classification(4000, 6, n_informative=6, n_redundant=0, n_classes=4, random_state=0, flip_y=0.05)
    return np.round(x / np.abs(x).max(axis=0) * 32_000).astype(np.int16), y


@cache
def rows(name: str) -> Rows:
    """A quarter is for the test. The digits are integers; columns of floats go to ±1000 over what was learned from."""
    x, y = _synthetic() if name == "synthetic" else LOADERS[name](return_X_y=True)
    train, test, truth, _ = train_test_split(
        x, y, test_size=0.25, random_state=0, stratify=y if CLASSES[name] else None
    )
    if name not in ("digits", "synthetic"):
        low, span = train.min(axis=0), np.ptp(train, axis=0)
        train, test = (np.round((part - low) / span * 2 * HALF_RANGE - HALF_RANGE) for part in (train, test))
    return Rows(train.astype(np.int16), truth, test.astype(np.int16))
