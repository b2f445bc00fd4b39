"""A conversion's last step: its C, compiled for this machine, against the reference on every calibration row."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from threading import Thread
from typing import TypeVar

import numpy as np

from fieldmouse.build import SlowCompilerError
from fieldmouse.model import Asked, Model
from orchestrator.convert.errors import ConvertError
from orchestrator.convert.piece import Answers, Bound, Piece

T = TypeVar("T")
LIMIT_S, ROW_LIMIT_S = 60.0, 0.01  # of a self-check, and more for each row: a thousand times what a slow machine needs


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
    # Where the reference is another estimator than the fitted one: the share of rows with that one's class, and how far outputs and scores
    # are from that one's, as root of the mean square.
    fitted: float | None = None
    moved: float | None = None


def _worst(got: np.ndarray, wanted: np.ndarray) -> float:
    return float(np.abs(got - wanted).max()) if wanted.size else 0.0


def measure(model: Asked, wanted: Answers, X: np.ndarray) -> Measured:
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


def compare(model: Asked, wanted: Answers, X: np.ndarray, bound: Bound, what: str) -> Measured:
    """What `measure` finds; raises ConvertError when it is beyond the bound."""
    found = measure(model, wanted, X)
    for answer in ("classes", "proba", "output", "score"):
        error, most = getattr(found, answer), getattr(bound, answer)
        if not error <= most * (1 + 1e-9) + 1e-12:
            raise ConvertError(
                f"the converted {what} does not answer as it should: {answer} is off by {error:.6g} on {found.rows} rows, and {most:.6g} is its "
                f"bound. Please report the model"
            )
    return found


def against_fitted(model: Asked, found: Measured, before: Answers, X: np.ndarray) -> Measured:
    """What was measured, with how a compiled model compares with the estimator as it was fitted."""
    if before.classes is not None:
        return replace(found, fitted=float((model.classify(X)[0] == before.classes).mean()))
    now, then = (model.score(X), before.score) if before.outputs is None else (model.regress(X), before.outputs)
    return replace(found, moved=float(np.sqrt(np.mean((now * 2.0**-model.fraction - then) ** 2))))


def within(limit_s: float, work: Callable[[], T], what: str) -> T:
    """What `work` returns. Raises ConvertError when that takes longer: C that runs cannot be stopped, so its thread is left behind."""
    done: list[T] = []
    failed: list[BaseException] = []

    def run() -> None:
        try:
            done.append(work())
        except BaseException as error:
            failed.append(error)

    thread = Thread(target=run, daemon=True)
    thread.start()
    thread.join(limit_s)
    if failed:
        raise failed[0]
    if not done:
        raise ConvertError(f"{what} did not end within {limit_s:,.0f} s. Please report the model")
    return done[0]


def check(folder: Path, name: str, engine: str, piece: Piece, X: np.ndarray) -> Measured:
    """Compare the model whose headers lie in `folder` with the piece's reference on int16 rows.

    Raises ConvertError when it is beyond the piece's bound, or its C takes forever to compile or to answer.
    """
    try:
        model = Model(folder, name, engine)
    except SlowCompilerError as error:
        raise ConvertError(f"{error}: convert it for size (optimize, code_levels), or make it smaller") from None
    what = f"asking the converted {piece.kind} of the engine {engine} for {len(X):,} rows"
    return within(LIMIT_S + ROW_LIMIT_S * len(X), lambda: _check(model, engine, piece, X), what)


def _check(model: Asked, engine: str, piece: Piece, X: np.ndarray) -> Measured:
    found = compare(model, piece.reference(X), X, piece.bound, f"{piece.kind} of the engine {engine}")
    return found if piece.fitted is None else against_fitted(model, found, piece.fitted(X), X)
