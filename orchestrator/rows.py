"""What an app learns from: its Python side, recordings, and the rows of features that the app's own C makes of them."""

from __future__ import annotations

import hashlib
import importlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

import numpy as np
from filelock import FileLock

from fieldmouse.app import App
from fieldmouse.recording import DataError, Recording, tell
from fieldmouse.session import is_session, load_session
from orchestrator.convert import app_tables, write_untrained
from orchestrator.project import ROOT, WORKSPACE

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
class Table:
    """What training sees: one row a decision, whichever model is behind it."""

    vectors: np.ndarray  # int16 [n, n_features]
    truth: np.ndarray  # str [n], "" where nobody labelled it
    groups: np.ndarray  # int [n], index into the recordings
    recordings: Sequence[Recording]

    def group(self, name: str) -> np.ndarray:
        """The value of one grouping for each row, for example the animal."""
        return np.array([self.recordings[i].groups[name] for i in self.groups])

    def select(self, wanted: np.ndarray) -> Table:
        """Some of the rows."""
        return Table(self.vectors[wanted], self.truth[wanted], self.groups[wanted], self.recordings)


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
