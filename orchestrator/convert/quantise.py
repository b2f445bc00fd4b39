"""Float columns to int16, fitted on data: the first step of a pipeline whose model is to run on a chip."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils.validation import check_array, check_is_fitted

LOW, HIGH = -32768, 32767


class Quantiser(TransformerMixin, BaseEstimator):
    """x to round((x − offset) / step) as int16 [n, n_features], saturating; `step` and `offset` are float [n_features].

    Fitted so that the range seen takes 1/headroom of int16; a constant column becomes 0. The firmware computes the same integers: they
    are what the converted model takes.
    """

    def __init__(self, headroom: float = 2.0) -> None:
        self.headroom = headroom

    def fit(self, X: Any, y: Any = None) -> Quantiser:
        """Learn each column's range."""
        if not self.headroom >= 1:
            raise ValueError(
                f"headroom is {self.headroom}: choose 1 or more, the share of int16 that new data may need"
            )
        X = check_array(X, dtype=float)
        low, high = X.min(axis=0), X.max(axis=0)
        self.n_features_in_ = X.shape[1]
        self.offset_ = (low + high) / 2
        step = (high - low) * self.headroom / (HIGH - LOW)
        self.step_ = np.where(step > 0, step, 1.0)
        return self

    def transform(self, X: Any) -> np.ndarray:
        """The integers of rows of floats."""
        check_is_fitted(self)
        X = check_array(X, dtype=float)
        if X.shape[1] != self.n_features_in_:
            raise ValueError(f"{X.shape[1]} columns, and this Quantiser was fitted on {self.n_features_in_}")
        return np.clip(np.round((X - self.offset_) / self.step_), LOW, HIGH).astype(np.int16)
