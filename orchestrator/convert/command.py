"""`inv convert --model`: a fitted estimator in a file, and rows in another, to headers or a loadable model."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from orchestrator.convert.check import Measured
from orchestrator.convert.compress.shapes import check_trees
from orchestrator.convert.conversion import Outcome, Report, convert
from orchestrator.convert.ensemble import CLASSIFIERS
from orchestrator.convert.errors import ConvertError
from orchestrator.convert.header import NAME_BYTES, ModelFacts
from orchestrator.convert.options import Options
from orchestrator.convert.pipeline import unwrap
from orchestrator.convert.registry import check_kind

MINE = "Generated: do not edit"


@dataclass(frozen=True)
class Order:
    """What a person wants converted. `classes` are those of the estimator when it is empty; `to` is a folder and `blob` a file, of which one
    may be empty. `rate_hz` is that of the samples which the features follow from; a board refuses to load a model of another rate."""

    model: str
    calibration: str
    to: str = ""
    name: str = ""
    classes: str = ""
    blob: str = ""
    rate_hz: int = 1


def load_model(path: Path) -> Any:
    """The fitted estimator or pipeline that joblib.dump wrote. Loading runs what the file says: only open files that you trust."""
    import joblib

    if not path.is_file():
        raise ConvertError(f"{path}: there is no such file; write one with joblib.dump(model, {path.name!r})")
    try:
        model = joblib.load(path)
    except Exception as error:  # a file may raise whatever it likes
        raise ConvertError(
            f"{path} cannot be loaded ({type(error).__name__}: {error}): write it with joblib.dump(model, {path.name!r}), by the "
            "scikit-learn of this .venv"
        ) from None
    if not hasattr(model, "fit"):
        raise ConvertError(f"{path} holds a {type(model).__name__}, no scikit-learn estimator or pipeline")
    return model


def load_rows(path: Path) -> np.ndarray:
    """Rows of features from a .npy file, or from a .csv file with or without a line of names."""
    if path.suffix not in (".npy", ".csv"):
        raise ConvertError(f"{path}: calibration rows come as .npy or .csv")
    if not path.is_file():
        raise ConvertError(f"{path}: there is no such file; numpy.save writes one, of rows that the model will see")
    try:
        if path.suffix == ".npy":
            return np.load(path, allow_pickle=False)
        first = path.read_text(encoding="utf-8").split("\n", 1)[0]
        names = re.search(r"[^\W\d]", re.sub(r"(?i)(\d)e|nan|inf", r"\1", first)) is not None
        return np.loadtxt(path, delimiter=",", ndmin=2, skiprows=int(names))
    except ValueError as error:
        raise ConvertError(f"{path} cannot be read: {error}") from None


def _rows_for(model: Any, rows: np.ndarray, path: str) -> np.ndarray:
    n = getattr(model, "n_features_in_", None)
    if rows.ndim != 2 or (n is not None and rows.shape[1] != n):
        raise ConvertError(f"{path} has the shape {list(rows.shape)}, and the model takes rows of {n} features")
    if not np.issubdtype(rows.dtype, np.number) or not np.isfinite(rows).all():
        raise ConvertError(f"{path} has values that are no numbers: leave those rows out, or fill them as in training")
    return rows


def _class_names(estimator: Any, given: str) -> list[str]:
    """Those of the estimator, or as many that were given."""
    count = getattr(estimator, "n_components", getattr(estimator, "n_clusters", 0))
    own = getattr(estimator, "classes_", None)
    names = [f"c{k}" for k in range(count or 0)] if own is None else [str(name) for name in own]
    chosen = [name.strip() for name in given.split(",")] if given else names
    if len(chosen) != len(names):
        raise ConvertError(f"--classes names {len(chosen)}, and the model has {len(names)}: {', '.join(names)}")
    return chosen


def _name(order: Order) -> str:
    name = order.name or re.sub(r"\W", "_", Path(order.model).stem.lower(), flags=re.ASCII)
    if not re.fullmatch(r"[a-z_][a-z0-9_]*", name):
        raise ConvertError(f"--name {name!r}: C names begin with it, so use lower-case letters, digits and _")
    return name


def _check_folder(folder: Path) -> None:
    """Raise ConvertError for a folder with other things than headers of a conversion: it is replaced as a whole."""
    if folder.exists() and not folder.is_dir():
        raise ConvertError(f"{folder} is a file: name a folder")
    for path in sorted(folder.iterdir()) if folder.exists() else ():
        if not path.is_file() or path.suffix != ".h" or not _generated(path):
            raise ConvertError(f"{folder} holds {path.name}, which no conversion wrote: name a folder of its own")


def _generated(path: Path) -> bool:
    text = path.read_text(encoding="utf-8", errors="replace")
    return MINE in text or "emlearn" in text[:200]


@dataclass(frozen=True)
class Done:
    """What was written: headers with their report, a loadable model with what was measured of it."""

    report: Report | None
    blob: Mapping[str, Any] | None

    def as_json(self) -> dict[str, Any]:
        """Of figures and words alone."""
        return {**(asdict(self.report) if self.report else {}), **({"blob": dict(self.blob)} if self.blob else {})}


def convert_file(order: Order, options: Options) -> Done:
    """Convert as ordered. Raises ConvertError, with nothing written or changed."""
    if not order.calibration:
        raise ConvertError("--calibration is missing: rows that the model will see, as .npy or .csv")
    if not order.to and not order.blob:
        raise ConvertError("--to DIR is missing: the folder for the headers; or --blob FILE, for a loadable model")
    name, folder = _name(order), Path(order.to)
    if order.to:
        _check_folder(folder)
    if order.blob and not Path(order.blob).parent.is_dir():
        raise ConvertError(f"{order.blob}: there is no folder {Path(order.blob).parent}")
    model = load_model(Path(order.model))
    estimator = unwrap(model).estimator
    check_kind(estimator)
    for option, chosen in (
        ("vote=hard", options.vote == "hard"),
        ("leaves", options.leaves),
        ("leaf_steps", options.leaf_steps),
    ):
        if chosen:
            check_trees(estimator, CLASSIFIERS, option)
    rows = _rows_for(model, load_rows(Path(order.calibration)), order.calibration)
    data = re.sub(r"[^ -~]|[\"\\]", "_", Path(order.calibration).stem)[:NAME_BYTES]
    facts = ModelFacts(name, data, order.rate_hz, _class_names(estimator, order.classes), rows.shape[1])
    blob, report = None, None
    if order.blob:
        from orchestrator.convert.blob import write_blob

        content, measured = write_blob(model, facts, rows, options)
        blob = {"file": order.blob, "bytes": len(content), "measured": asdict(measured)}
    if order.to:
        report = convert(model, facts, folder, rows, options, link=True)
    if order.blob:
        part = Path(f"{order.blob}.part")
        part.write_bytes(content)
        part.replace(order.blob)
    return Done(report, blob)


ANSWERS = {"classify": ("classes", "proba"), "regress": ("output",), "score": ("score",)}
UNITS = {
    "classes": ("other classes", 100, "%"),
    "proba": ("probabilities", 1, "/255"),
    "output": ("outputs", 1, ""),
    "score": ("score", 1, ""),
}


def _errors(outcome: Outcome) -> str:
    """Measured against promised, of each answer that the model has."""
    told = []
    for answer in (answer for member in outcome.members for answer in ANSWERS[member]):
        if answer == "proba" and not outcome.probabilities:
            continue
        name, factor, unit = UNITS[answer]
        found, most = (getattr(place, answer) * factor for place in (outcome.measured, outcome.bound))
        near = (
            f", {outcome.measured.near} rows too near to tell" if answer == "classes" and outcome.measured.near else ""
        )
        told.append(f"{name} {found:.3g} ≤ {most:.3g} {unit}".strip() + near)
    return "; ".join(told)


def agreement(measured: Measured) -> str:
    """How the C answers against the estimator as it was fitted."""
    if measured.fitted is not None:
        return f"{measured.fitted:.4f} of {measured.rows:,} rows"
    return "as fitted" if measured.moved is None else f"moved by {measured.moved:.3g}, RMS"


def rows_of(report: Report) -> Sequence[Sequence[str]]:
    """A report's table: engine, bytes, agreement with the fitted estimator, errors."""
    return [
        (
            f"{engine} (chosen)" if engine == report.engine else engine,
            f"{outcome.tables:,}",
            "–" if outcome.flash is None else f"{outcome.flash:,}",
            agreement(outcome.measured),
            _errors(outcome),
        )
        for engine, outcome in report.outcomes.items()
    ]


COLUMNS = ("engine", "tables B", "flash B", "agrees with the fitted", "errors, measured ≤ promised")
