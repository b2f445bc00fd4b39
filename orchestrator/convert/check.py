"""A conversion's last step: its C, compiled for this machine, against the reference on every calibration row."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from fieldmouse.model import Model
from orchestrator.convert.errors import ConvertError
from orchestrator.convert.piece import Answers, Piece


@dataclass(frozen=True)
class Measured:
    """What a check found: the rows; of those the share of another class and the rows excused as `near`; the largest error of
    a probability in 255ths, of an output and of a score in the model's units."""

    rows: int
    classes: float = 0.0
    near: int = 0
    proba: float = 0.0
    output: float = 0.0
    score: float = 0.0
    fitted: float | None = (
        None  # share of rows with the class of the estimator as fitted, where the reference is another
    )


def _worst(got: np.ndarray, wanted: np.ndarray) -> float:
    return float(np.abs(got - wanted).max()) if wanted.size else 0.0


def measure(model: Model, wanted: Answers, X: np.ndarray) -> Measured:
    """How a compiled model answers against what is wanted of it."""
    found: dict[str, float] = {}
    near = np.zeros(len(X), dtype=bool) if wanted.near is None else wanted.near
    if wanted.classes is not None:
        classes, proba = model.classify(X)
        alone, _ = model.classify(X, with_proba=False)
        other = ((classes != wanted.classes) | (alone != wanted.classes)) & ~near
        found["classes"] = float(other.mean())
        if wanted.proba is not None:
            found["proba"] = _worst(proba, wanted.proba * 255)
    unit = 2.0**-model.fraction
    if wanted.outputs is not None:
        found["output"] = _worst(model.regress(X) * unit, wanted.outputs)
    if wanted.score is not None:
        found["score"] = _worst(model.score(X) * unit, wanted.score)
    return Measured(rows=len(X), near=int(near.sum()), **found)


def check(folder: Path, name: str, engine: str, piece: Piece, X: np.ndarray) -> Measured:
    """Compare the model whose headers lie in `folder` with the piece's reference on int16 rows.

    Raises ConvertError when it is beyond the piece's bound.
    """
    model = Model(folder, name, engine)
    found = measure(model, piece.reference(X), X)
    if piece.fitted is not None:
        found = replace(found, fitted=float((model.classify(X)[0] == piece.fitted(X).classes).mean()))
    for what in ("classes", "proba", "output", "score"):
        error, bound = getattr(found, what), getattr(piece.bound, what)
        if not error <= bound * (1 + 1e-9) + 1e-12:
            raise ConvertError(
                f"the converted {piece.kind} does not answer as it should with the engine {engine}: {what} is off by "
                f"{error:.6g} on {found.rows} rows, and {bound:.6g} is its bound; nothing was written. Please report the model"
            )
    return found
