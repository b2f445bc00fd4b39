"""From recordings to a model's header: features through the app's own C, fit, convert, prove that both agree."""

from __future__ import annotations

import hashlib
import importlib
import json
import shutil
from collections.abc import Sequence
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
from fieldmouse.session import is_session, load_session
from orchestrator.convert import ENGINES, ModelFacts, app_tables, engines_for, snap, write_model, write_untrained
from orchestrator.prebuild import choice, digest, model_folder
from orchestrator.progress import Progress, quiet
from orchestrator.project import ROOT, WORKSPACE, UserError

SEED = 1
SIMULATOR = "sim"
SESSION = "session"
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
    """The name of the data set, and its recordings: those in the folder or recorded session `data`, or the simulator's when it is empty."""
    models = recipe(app)
    if not data:
        return SIMULATOR, models.simulate.training(seed)
    folder = Path(data).expanduser()
    if folder.is_file() and is_session(folder):
        session = load_session(folder, models.train.GROUP)
        ran = session.boot.get("app")
        if ran != app:
            raise DataError(f"{data}: the session of a board that ran {ran}, not {app}: give --app {ran}")
        return SESSION, session.recordings
    if not folder.is_dir():
        raise DataError(
            f"{data}: there is no such folder; `inv data --app {app}` says from where to get the data, and "
            f"`inv train --app {app}` without --data goes back to the simulator"
        )
    return models.dataset.SET["name"], models.dataset.load(folder)


@dataclass(frozen=True)
class Choice:
    """What a model learns from: the folder `data`, or the simulator when it is empty, without the groups in `leave`
    (for example {"cow": ["1319"]})."""

    data: str = ""
    leave: dict[str, list[str]] = field(default_factory=dict)


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
    """How the converted C answers against scikit-learn, on the same integer features."""

    rows: int
    same: int
    same_before_rounding: int  # against the estimator as fitted, before its leaves were rounded to 128ths

    @property
    def complete(self) -> bool:
        """Whether no row differs."""
        return self.same == self.rows


@dataclass(frozen=True)
class Trained:
    """A model with its C beside it."""

    app: App
    estimator: Any
    facts: ModelFacts
    hash: str
    agreement: Agreement


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
) -> Trained:
    """Fit on the labelled `rows`, convert into `folder`, and compare the C with scikit-learn on `rows` and `check`.

    Raises UserError when one row differs, with the first engine or with `every_engine` that holds it: such a header must not be built into anything.
    """
    models = recipe(app)
    labelled = rows.truth != ""
    if not labelled.any():
        raise DataError("the recordings have no labels: there is nothing to learn")
    estimator = models.train.fit(
        rows.vectors[labelled], rows.truth[labelled], rows.group(models.train.GROUP)[labelled],
        recording=rows.groups[labelled], seed=seed, variant=variant,
    )  # fmt: skip
    vectors = rows.vectors if check is None else np.vstack([rows.vectors, check.vectors])
    before = estimator.predict(vectors)
    snap(estimator)
    expected = estimator.predict(vectors)
    facts = ModelFacts(app, data, rate_hz, [str(name) for name in estimator.classes_], vectors.shape[1])
    model_hash = write_model(estimator, facts, folder)
    for engine in engines_for(estimator) if every_engine else ENGINES[:1]:
        compiled = App(app, folder, variant, engine)
        answers, _ = compiled.classify(vectors)
        said = estimator.classes_[answers]
        agreement = Agreement(len(vectors), int((said == expected).sum()), int((said == before).sum()))
        if not agreement.complete:
            raise UserError(
                f"the converted model answers {agreement.rows - agreement.same} of {agreement.rows} rows otherwise, "
                f"with the engine {engine}"
            )
    return Trained(compiled, estimator, facts, model_hash, agreement)


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
        holds = wish or (Choice(**json.loads(chosen)) if chosen else Choice())
        progress("reading the recordings")
        name, found = recordings(app, holds.data)
        found = [r for r in found if not any(r.groups.get(key) in values for key, values in holds.leave.items())]
        rate_hz = common_rate(found)
        progress("computing features with the firmware's C")
        rows = table(feature_app(app, variant, rate_hz), found, recipe(app).train.TRUTH_LAG_S)
        progress(f"fitting on {len(rows.vectors)} decisions")
        with TemporaryDirectory(dir=folder) as part:
            trained = fit(app, variant, rows, name, rate_hz, Path(part) / "include", every_engine=True)
            stamp.unlink(missing_ok=True)
            shutil.rmtree(folder / "include", ignore_errors=True)
            (Path(part) / "include").replace(folder / "include")
        trees = getattr(trained.estimator, "estimators_", [trained.estimator])
        about = {
            **asdict(trained.facts),
            "hash": trained.hash,
            "rows": trained.agreement.rows,
            "agree": trained.agreement.same,
            "agree_before_rounding": trained.agreement.same_before_rounding,
            "nodes": int(sum(tree.tree_.node_count for tree in trees)),
        }
        joblib.dump(trained.estimator, folder / "model.joblib")
        (folder / "model.json").write_text(json.dumps(about, indent=2) + "\n", encoding="utf-8")
        if wish:
            (folder / "choice.json").write_text(chosen, encoding="utf-8")
        stamp.write_text(wanted, encoding="utf-8")
        return about
