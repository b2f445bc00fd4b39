"""From a fitted estimator to headers that have proved themselves."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from orchestrator.convert.check import Measured, check
from orchestrator.convert.compress import compressed, fitted_answers
from orchestrator.convert.errors import ConvertError, TooLargeError
from orchestrator.convert.fitting import check_fitting
from orchestrator.convert.flash import linked
from orchestrator.convert.header import ModelFacts, files_of, write_files
from orchestrator.convert.options import ENGINES, Options
from orchestrator.convert.piece import Bound, Piece
from orchestrator.convert.pipeline import unwrap
from orchestrator.convert.registry import check_kind, piece_of


@dataclass(frozen=True)
class Outcome:
    """What one engine made of a model: the members of its model_t, with probabilities or the class alone; bytes of its tables, and as linked where engines compete; what was measured, what was promised."""

    engine: str
    members: tuple[str, ...]
    tables: int
    flash: int | None
    measured: Measured
    bound: Bound
    note: str
    probabilities: bool


@dataclass(frozen=True)
class Report:
    """What a conversion wrote. `engine` is the one to link; `outcomes` are those that hold the model, `refused` says why others do not.
    `compiler` is that of the outcomes' flash, empty where none linked them: then the engine is the one with fewer bytes of tables."""

    name: str
    kind: str
    hash: str
    engine: str
    outcomes: Mapping[str, Outcome]
    refused: Mapping[str, str] = field(default_factory=dict)
    compiler: str = ""


def integer_rows(calibration: Any) -> np.ndarray:
    """Rows as int16 [n, n_features]. Raises ConvertError for what is not."""
    try:
        rows = np.asarray(calibration)
        rows = rows if rows.dtype.kind in "iufb" else rows.astype(float)
    except (TypeError, ValueError) as error:
        raise ConvertError(f"the calibration rows are no numbers: {error}") from None
    if rows.ndim != 2 or not len(rows):
        raise ConvertError(
            f"calibration rows of shape {rows.shape}: give some of what the model will see, [n, n_features]"
        )
    with np.errstate(invalid="ignore"):  # NaN becomes some integer, which then differs
        whole = rows.astype(np.int16)
    if not (whole == rows).all():
        raise ConvertError(
            "the calibration rows are not int16: fit on integers, or begin the pipeline with a Quantiser"
        )
    return whole


def _pieces(model: Any, name: str, options: Options, calibration: np.ndarray) -> dict[str, Piece | ConvertError]:
    """What each engine that may be used makes of the model as it is."""
    found: dict[str, Piece | ConvertError] = {}
    for engine in ENGINES if options.engine == "auto" else (options.engine,):
        try:
            piece = piece_of(engine, model, name, options, calibration)
        except ConvertError as error:
            found[engine] = error
            continue
        if options.max_bytes is not None and piece.bytes > options.max_bytes:
            error = TooLargeError(f"it takes {piece.bytes:,} bytes there, and max_bytes is {options.max_bytes:,}")
            found[engine] = error
        else:
            found[engine] = piece
    return found


def pieces_for(model: Any, name: str, options: Options, calibration: np.ndarray) -> dict[str, Piece | ConvertError]:
    """What each engine that may be used makes of the model, changed first where the options say so, or why it does not.

    Raises ConvertError when none takes it.
    """
    check_kind(unwrap(model).estimator)

    def bytes_of(tried: Any) -> float:
        unlimited = replace(options, max_bytes=None)
        pieces = _pieces(tried, name, unlimited, calibration)
        able = {engine: piece for engine, piece in pieces.items() if isinstance(piece, Piece)}
        if able:
            return able[_best(able, {}, options)].bytes
        error = next((found for found in pieces.values() if not isinstance(found, TooLargeError)), None)
        if isinstance(error, ConvertError):
            raise error
        return math.inf  # fewer splits may fit

    changed, notes = compressed(model, options, calibration, bytes_of)
    found = _pieces(changed, name, options, calibration)
    errors = [error for error in found.values() if isinstance(error, ConvertError)]
    if len(errors) == len(found):
        raise errors[-1]
    if changed is model:
        return found
    return {
        engine: replace(piece, fitted=partial(fitted_answers, model), note="; ".join([piece.note, *notes]))
        if isinstance(piece, Piece)
        else piece
        for engine, piece in found.items()
    }


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


def _proved(
    folder: Path, facts: ModelFacts, pieces: Mapping[str, Piece | ConvertError], rows: np.ndarray
) -> tuple[dict[str, Piece | ConvertError], dict[str, Measured]]:
    """The pieces, in the place of each that failed its self-check the reason, and what was measured of the others. The C is written into
    `folder`.

    Raises the reason when none is left.
    """
    write_files(folder, files_of(facts, pieces)[1])
    failed, measured = {}, {}
    for engine, piece in pieces.items():
        if isinstance(piece, Piece):
            try:
                measured[engine] = check(folder, facts.name, engine, piece, rows)
            except ConvertError as error:
                failed[engine] = error
    if not measured:
        raise failed.popitem()[1]
    return {**pieces, **failed}, measured


def convert(
    model: Any, facts: ModelFacts, folder: Path, calibration: Any, options: Options | None = None, link: bool = False
) -> Report:
    """Convert a fitted estimator or pipeline into headers in `folder`, for each engine whose C has answered every calibration row
    (int16, or float where the pipeline begins with a Quantiser) within its stated bound. `link` measures the flash of
    a single engine too.

    Raises ConvertError when there is none, with nothing written.
    """
    options = options or Options()
    parts = unwrap(model)
    rows = integer_rows(calibration if parts.quantiser is None else parts.quantiser.transform(calibration))
    check_kind(parts.estimator)
    check_fitting(parts, facts, rows)
    pieces = pieces_for(model, facts.name, options, rows)
    with TemporaryDirectory() as part:
        trial = Path(part) / "include"
        pieces, measured = _proved(trial, facts, pieces, rows)
        crc, files = files_of(facts, pieces)
        write_files(trial, files)
        able = {engine: piece for engine, piece in pieces.items() if isinstance(piece, Piece)}
        refused = {engine: str(piece) for engine, piece in pieces.items() if engine not in able}
        compete = len(able) > 1 or link
        compiler, flash = (
            linked(trial, facts.name, {e: list(p.members) for e, p in able.items()}) if compete else ("", {})
        )
    outcomes = {
        engine: Outcome(
            engine,
            tuple(piece.members),
            piece.tables,
            flash.get(engine),
            measured[engine],
            piece.bound,
            piece.note,
            piece.probabilities,
        )
        for engine, piece in able.items()
    }
    write_files(folder, files)
    kind = type(unwrap(model).estimator).__name__
    return Report(facts.name, kind, f"{crc:08x}", _best(able, flash, options), outcomes, refused, compiler)


def _best(able: Mapping[str, Piece], flash: Mapping[str, int], options: Options) -> str:
    """The engine to link: the smaller; for speed lib/compact where it holds the model, for emlearn has one layout."""
    if options.optimize == "speed" and "compact" in able:
        return "compact"
    return min(able, key=lambda engine: flash.get(engine, able[engine].bytes))
