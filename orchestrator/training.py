"""From recordings to a model's header: features through the app's own C, fit, convert, prove that both agree."""

from __future__ import annotations

import hashlib
import importlib
import json
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from types import ModuleType
from typing import Any

import joblib
import numpy as np
from filelock import FileLock

from fieldmouse.app import App
from fieldmouse.recording import DataError, Recording, tell
from orchestrator.convert import (
    ENGINES,
    ConvertError,
    ModelFacts,
    Options,
    app_tables,
    options_from,
    snap,
    write_untrained,
)
from orchestrator.convert.check import compare
from orchestrator.convert.conversion import pieces_for
from orchestrator.convert.ensemble import CLASSIFIERS, trees
from orchestrator.convert.header import files_of, write_files
from orchestrator.convert.piece import Piece
from orchestrator.prebuild import choice, digest, model_folder
from orchestrator.progress import Progress, quiet
from orchestrator.project import ROOT, WORKSPACE, UserError

SEED = 1
SIMULATOR = "sim"
UNTRAINED_FORM = (
    "orchestrator/convert/header.py",
    "lib/model/model.h",
    "lib/emlearn/emlearn.c",
)  # what an untrained header follows from


@dataclass(frozen=True)
class Recipe:
    """The Python side of an app: models/<app>/."""

    name: str
    simulate: ModuleType
    dataset: ModuleType
    train: ModuleType
    metrics: ModuleType


def recipe(app: str) -> Recipe:
    """The modules of models/<app>/."""
    parts = {
        name: importlib.import_module(f"models.{app}.{name}") for name in ("simulate", "dataset", "train", "metrics")
    }
    return Recipe(app, **parts)


def recordings(app: str, data: str, seed: int = SEED) -> tuple[str, list[Recording]]:
    """The name of the data set, and its recordings: those in the folder `data`, or the simulator's when it is empty."""
    models = recipe(app)
    if not data:
        return SIMULATOR, models.simulate.training(seed)
    folder = Path(data).expanduser()
    if not folder.is_dir():
        raise DataError(
            f"{data}: there is no such folder; `inv data --app {app}` says from where to get the data, and "
            f"`inv train --app {app}` without --data goes back to the simulator"
        )
    return models.dataset.SET["name"], models.dataset.load(folder)


@dataclass(frozen=True)
class Choice:
    """What a model learns from: the folder `data`, or the simulator when it is empty, without the groups in `leave`
    (for example {"cow": ["1319"]}); and how: `params` that differ from its variant's PARAMS, `options` of the conversion
    (fields of orchestrator.convert.Options)."""

    data: str = ""
    leave: dict[str, list[str]] = field(default_factory=dict)
    params: dict[str, Any] = field(default_factory=dict)
    options: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Table:
    """What training sees: one row a decision, whichever model is behind it."""

    vectors: np.ndarray  # int16 [n, n_features]
    truth: np.ndarray  # str [n], "" where nobody labelled it
    groups: np.ndarray  # int [n], index into the recordings
    recordings: Sequence[Recording]

    def group(self, name: str) -> np.ndarray:
        """The value of one grouping for each row, for example the animal."""
        return np.array([self.recordings[i].groups[name] for i in self.groups])


def table(app: App, found: Sequence[Recording], lag_s: float) -> Table:
    """Run every recording through the app's C and collect the feature vectors of its answers; faults are no rows."""
    vectors: list[np.ndarray] = []
    truth: list[str] = []
    groups: list[int] = []
    for index, recording in enumerate(found):
        answers = app.run(recording)
        told = tell(recording, answers.reports, lag_s)
        for report, vector, label in zip(told.reports, answers.vectors, told.truth, strict=True):
            if report["ev"] != "fault":
                vectors.append(vector)
                truth.append(label)
                groups.append(index)
    if not vectors:
        raise DataError("the recordings are too short: not one decision came out of them")
    return Table(np.array(vectors, dtype=np.int16), np.array(truth), np.array(groups), found)


def common_rate(found: Sequence[Recording]) -> int:
    """The sampling rate of stream 0, which all recordings must share."""
    rates = sorted({recording.rate_hz[0] for recording in found})
    if len(rates) != 1:
        raise DataError(f"the recordings have different sampling rates ({rates} Hz): resample them to one first")
    return rates[0]


def feature_app(app: str, variant: str, rate_hz: int) -> App:
    """The app with a model that knows nothing: enough to compute features."""
    tables = "".join(app_tables(app).values()).encode()
    form = hashlib.sha256(b"".join((ROOT / path).read_bytes() for path in UNTRAINED_FORM) + tables).hexdigest()[:12]
    folder = WORKSPACE / "untrained" / f"{app}-{rate_hz}-{form}"
    folder.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(f"{folder}.lock"):
        if not folder.exists():
            write_untrained(app, rate_hz, folder)
    return App(app, folder, variant)


@dataclass(frozen=True)
class Agreement:
    """How the converted C classifies, on the same integer features: as scikit-learn does with the model as converted (its
    leaves rounded, its options honoured), and as the estimator did before."""

    rows: int
    same: int
    same_as_fitted: int


@dataclass(frozen=True)
class Trained:
    """A model with its C beside it; `engines` are those that can walk it, `app` is compiled with one of them."""

    app: App
    estimator: Any
    facts: ModelFacts
    hash: str
    engines: Sequence[str]
    agreement: Agreement


def held(app: str, variant: str) -> Choice:
    """The choice that holds for a model."""
    chosen = choice(app, variant)
    return Choice(**json.loads(chosen)) if chosen else Choice()


def parameters(app: str, variant: str, overrides: Mapping[str, Any]) -> dict[str, Any]:
    """What an app's `fit` is given: its variant's PARAMS, some overridden."""
    known = recipe(app).train.PARAMS
    if variant not in known:
        raise UserError(f"PARAMS in models/{app}/train.py has no {variant!r}: add the variant's parameters")
    return {**known[variant], **overrides}


def fitted(app: str, rows: Table, params: Mapping[str, Any], seed: int) -> Any:
    """The app's estimator, fitted on the labelled rows."""
    models = recipe(app)
    labelled = rows.truth != ""
    if not labelled.any():
        raise DataError("the recordings have no labels: there is nothing to learn")
    return models.train.fit(
        rows.vectors[labelled], rows.truth[labelled], rows.group(models.train.GROUP)[labelled],
        recording=rows.groups[labelled], seed=seed, params=params,
    )  # fmt: skip


def prepared(estimator: Any, options: Options) -> Any:
    """The estimator as it is converted: leaves of voting trees rounded in place, unless the options say how."""
    theirs = options.vote == "hard" or options.leaves is not None or options.leaf_steps is not None
    return estimator if theirs or type(estimator).__name__ not in CLASSIFIERS else snap(estimator)


def converted(
    app: str,
    variant: str,
    estimator: Any,
    facts: ModelFacts,
    vectors: np.ndarray,
    folder: Path,
    options: Options,
    every_engine: bool = False,
) -> Trained:
    """Convert a fitted estimator into `folder`, and compare its C with scikit-learn on `vectors`.

    Raises ConvertError when it is off by more than its kind's stated bound (voting trees have none), with the first engine
    that holds it or with `every_engine`: such a header must not be built into anything.
    """
    before = estimator.predict(vectors)
    estimator = prepared(estimator, options)
    others = dict.fromkeys(ENGINES, ConvertError(f"its options name the engine {options.engine}"))
    found = others | pieces_for(estimator, app, options, vectors)
    crc, files = files_of(facts, found)
    write_files(folder, files)
    pieces = {engine: found[engine] for engine in ENGINES if isinstance(found[engine], Piece)}
    for engine in pieces if every_engine else list(pieces)[:1]:
        piece = pieces[engine]
        compiled = App(app, folder, variant, engine)
        wanted = piece.reference(vectors)
        compare(compiled.model, wanted, vectors, piece.bound, f"{piece.kind} of the engine {engine}")
    agreement = Agreement(len(vectors), len(vectors), len(vectors))
    if wanted.classes is not None:
        classes, _ = compiled.classify(vectors)
        as_fitted = int((estimator.classes_[classes] == before).sum())
        agreement = Agreement(len(vectors), int((classes == wanted.classes).sum()), as_fitted)
    return Trained(compiled, estimator, facts, f"{crc:08x}", tuple(pieces), agreement)


def fit(
    app: str,
    variant: str,
    rows: Table,
    data: str,
    rate_hz: int,
    folder: Path,
    seed: int = SEED,
    check: Table | None = None,
    every_engine: bool = False,
    choice: Choice | None = None,
) -> Trained:
    """Fit on the labelled `rows`, convert into `folder`, and compare the C with scikit-learn on `rows` and `check`: as
    `converted` says."""
    choice = choice or Choice()
    estimator = fitted(app, rows, parameters(app, variant, choice.params), seed)
    vectors = rows.vectors if check is None else np.vstack([rows.vectors, check.vectors])
    classes = [str(name) for name in getattr(estimator, "classes_", ())]
    facts = ModelFacts(app, data, rate_hz, classes, vectors.shape[1])
    options = options_from(choice.options)
    return converted(app, variant, estimator, facts, vectors, folder, options, every_engine)


def refresh(app: str, variant: str, progress: Progress = quiet, wish: Choice | None = None) -> dict[str, Any]:
    """Train and convert the model of an app's variant, unless what is there already is what would come out.

    It learns from `wish`, and later builds keep to that; without it from the choice that holds. Until the new model has
    proved itself, the old one and its choice stay; the stamp goes first and comes last, so that an interruption in
    between leaves a model that the next build makes anew.
    """
    folder = model_folder(app, variant)
    folder.mkdir(parents=True, exist_ok=True)
    with FileLock(f"{folder}.lock"):
        chosen = json.dumps(asdict(wish)) if wish else choice(app, variant)
        wanted = digest(app, chosen)
        stamp = folder / "stamp"
        if stamp.exists() and stamp.read_text(encoding="utf-8") == wanted:
            return json.loads((folder / "model.json").read_text(encoding="utf-8"))
        holds = wish or held(app, variant)
        progress("reading the recordings")
        name, found = recordings(app, holds.data)
        found = [r for r in found if not any(r.groups.get(key) in values for key, values in holds.leave.items())]
        rate_hz = common_rate(found)
        progress("computing features with the firmware's C")
        rows = table(feature_app(app, variant, rate_hz), found, recipe(app).train.TRUTH_LAG_S)
        progress(f"fitting on {len(rows.vectors)} decisions")
        with TemporaryDirectory(dir=folder) as part:
            trained = fit(app, variant, rows, name, rate_hz, Path(part) / "include", every_engine=True, choice=holds)
            stamp.unlink(missing_ok=True)
            shutil.rmtree(folder / "include", ignore_errors=True)
            (Path(part) / "include").replace(folder / "include")
        about_trees = trees(trained.estimator) if type(trained.estimator).__name__ in CLASSIFIERS else []
        about = {
            **asdict(trained.facts),
            "hash": trained.hash,
            "rows": trained.agreement.rows,
            "agree": trained.agreement.same,
            "agree_fitted": trained.agreement.same_as_fitted,
            "nodes": int(sum(tree.tree_.node_count for tree in about_trees)),
        }
        joblib.dump(trained.estimator, folder / "model.joblib")
        (folder / "model.json").write_text(json.dumps(about, indent=2) + "\n", encoding="utf-8")
        if wish:
            (folder / "choice.json").write_text(chosen, encoding="utf-8")
        stamp.write_text(wanted, encoding="utf-8")
        return about
