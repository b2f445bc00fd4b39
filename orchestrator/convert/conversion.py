"""From a fitted estimator to headers that have proved themselves."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from orchestrator.convert.check import Measured, check
from orchestrator.convert.errors import ConvertError
from orchestrator.convert.fitting import check_fitting
from orchestrator.convert.header import ModelFacts, files_of, write_files
from orchestrator.convert.options import ENGINES, Options
from orchestrator.convert.piece import Bound, Piece
from orchestrator.convert.pipeline import unwrap
from orchestrator.convert.registry import check_kind, piece_of


@dataclass(frozen=True)
class Outcome:
    """What one engine made of a model: bytes of its tables, what was measured, what was promised."""

    engine: str
    tables: int
    measured: Measured
    bound: Bound
    note: str


@dataclass(frozen=True)
class Report:
    """What a conversion wrote. `engine` is the one to link; `outcomes` are those that hold the model, `refused` says why others do not."""

    name: str
    kind: str
    hash: str
    engine: str
    outcomes: Mapping[str, Outcome]
    refused: Mapping[str, str] = field(default_factory=dict)


def integer_rows(calibration: Any) -> np.ndarray:
    """Rows as int16 [n, n_features]. Raises ConvertError for what is not."""
    rows = np.asarray(calibration)
    if rows.ndim != 2 or not len(rows):
        raise ConvertError(
            f"calibration rows of shape {rows.shape}: give some of what the model will see, [n, n_features]"
        )
    whole = rows.astype(np.int16)
    if not (whole == rows).all():
        raise ConvertError(
            "the calibration rows are not int16: fit on integers, or begin the pipeline with a Quantiser"
        )
    return whole


def pieces_for(model: Any, name: str, options: Options, calibration: np.ndarray) -> dict[str, Piece | ConvertError]:
    """What each engine that may be used makes of the model, or why it does not.

    Raises ConvertError when none takes it.
    """
    check_kind(unwrap(model).estimator)
    found: dict[str, Piece | ConvertError] = {}
    for engine in ENGINES if options.engine == "auto" else (options.engine,):
        try:
            found[engine] = piece_of(engine, model, name, options, calibration)
        except ConvertError as error:
            found[engine] = error
    errors = [error for error in found.values() if isinstance(error, ConvertError)]
    if len(errors) == len(found):
        raise errors[-1]
    return found


def write_model(
    model: Any, facts: ModelFacts, folder: Path, options: Options | None = None, calibration: np.ndarray | None = None
) -> str:
    """Write the headers of a model into `folder`, for each engine that holds it, unproved; return its hash as boot prints it."""
    rows = np.zeros((1, facts.n_features), dtype=np.int16) if calibration is None else integer_rows(calibration)
    check_fitting(unwrap(model), facts, rows)
    crc, files = files_of(facts, pieces_for(model, facts.name, options or Options(), rows))
    write_files(folder, files)
    return f"{crc:08x}"


def engines_for(model: Any, options: Options | None = None) -> list[str]:
    """The engines that can hold this model."""
    rows = np.zeros((1, model.n_features_in_), dtype=np.int16)
    found = pieces_for(model, "trial", options or Options(), rows)
    return [engine for engine in ENGINES if isinstance(found.get(engine), Piece)]


def convert(model: Any, facts: ModelFacts, folder: Path, calibration: Any, options: Options | None = None) -> Report:
    """Convert a fitted estimator or pipeline into headers in `folder`, after each engine's C has answered every calibration row
    (int16, or float where the pipeline begins with a Quantiser) within its stated bound.

    Raises ConvertError otherwise, with nothing written.
    """
    options = options or Options()
    parts = unwrap(model)
    rows = integer_rows(calibration if parts.quantiser is None else parts.quantiser.transform(calibration))
    check_kind(parts.estimator)
    check_fitting(parts, facts, rows)
    pieces = pieces_for(model, facts.name, options, rows)
    crc, files = files_of(facts, pieces)
    outcomes: dict[str, Outcome] = {}
    refused = {engine: str(piece) for engine, piece in pieces.items() if not isinstance(piece, Piece)}
    with TemporaryDirectory() as part:
        trial = Path(part) / "include"
        write_files(trial, files)
        for engine, piece in pieces.items():
            if isinstance(piece, Piece):
                measured = check(trial, facts.name, engine, piece, rows)
                outcomes[engine] = Outcome(engine, piece.tables, measured, piece.bound, piece.note)
    write_files(folder, files)
    best = min(outcomes.values(), key=lambda outcome: outcome.tables)
    return Report(facts.name, type(unwrap(model).estimator).__name__, f"{crc:08x}", best.engine, outcomes, refused)
