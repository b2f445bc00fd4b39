"""What one family of estimators makes of a model: its C, and what that C must answer."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np

BRANCH_BYTES = 9  # of a split as code, on Cortex-M0+ at -Os, leaves' returns included


@dataclass(frozen=True)
class Answers:
    """What a model says of n rows; None where its kind has no such answer.

    classes: int [n], places in `classes_`. proba: float [n, n_classes], 0 … 1. outputs: float [n, n_outputs] and score:
    float [n], in the units of the fitted model. near: bool [n], rows on which the two best classes are nearer to each other than
    the piece's stated error, so that either is right; None is none.
    """

    classes: np.ndarray | None = None
    proba: np.ndarray | None = None
    outputs: np.ndarray | None = None
    score: np.ndarray | None = None
    near: np.ndarray | None = None


@dataclass(frozen=True)
class Bound:
    """How far the C may be from the reference: the share of rows with another class (rows that are `near` aside), 255ths of
    probability (0.5 is exact but for rounding), and outputs and score in the units of the model."""

    classes: float = 0.0
    proba: float = 0.5
    output: float = 0.0
    score: float = 0.0


@dataclass(frozen=True)
class Piece:
    """A model for one engine.

    code: C, tables and the functions that `members` names (members of `model_t`: classify, regress, score). apart: by member, a function
    that nothing else needs and that is not in `code`: it is only written where that member is wanted. headers: what the code includes.
    files: headers of its own, by name. content: what `model_t.content` is. fraction: outputs and score are value · 2^fraction.
    reference: int16 [n, n_features] to what the C must answer within `bound`. tables: bytes of constants. branches:
    splits of trees that are code. probabilities: whether its `classify` has any, else it says 255 for the class and 0 for the
    others. fitted: what the estimator as it was fitted answers, where the reference is another (leaves clustered, a hard vote).
    note: one sentence for people about error and saturation.
    """

    kind: str
    code: str
    members: Mapping[str, str]
    reference: Callable[[np.ndarray], Answers]
    apart: Mapping[str, str] = field(default_factory=dict)
    headers: tuple[str, ...] = ()
    files: Mapping[str, str] = field(default_factory=dict)
    content: str = "NULL"
    n_outputs: int = 0
    fraction: int = 0
    bound: Bound = field(default_factory=Bound)
    tables: int = 0
    branches: int = 0
    probabilities: bool = True
    fitted: Callable[[np.ndarray], Answers] | None = None
    note: str = ""

    @property
    def bytes(self) -> int:
        """Tables, and about what branches take; the same whatever compiler is there."""
        return self.tables + BRANCH_BYTES * self.branches
