"""One place's work of a sweep: parameters fitted fold by fold, converted in some ways, scored, and measured on the cores.

It runs in this process, in another, or on another machine: what it needs comes in a `Job`, what it found goes back as values.
"""

from __future__ import annotations

import copy
import traceback
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from sklearn.model_selection import GroupKFold

from fieldmouse.recording import DataError, Told, tell
from orchestrator.convert import ConvertError, ModelFacts, options_from
from orchestrator.prebuild import digest
from orchestrator.project import UserError
from orchestrator.sweep.cost import Bench, Cost, Target, costs
from orchestrator.sweep.space import Candidate
from orchestrator.training import SEED, Table, Trained, converted, fitted, parameters, recipe

FOLDS = 5  # or as many as there are groups, where there are fewer
SCORE = "macro_f1"  # where an app's metrics do not say


@dataclass(frozen=True)
class Job:
    """What all candidates share. `engines` are those that the variant's envs link, `code` is the digest of what the caller runs; `scratch` is a folder of the caller's machine."""

    app: str
    variant: str
    data: str
    rate_hz: int
    rows: Table
    targets: Sequence[Target]
    engines: Sequence[str]
    code: str
    scratch: str


@dataclass(frozen=True)
class Result:
    """What was found of a candidate. `score` is None where it does not convert, and `why` says why; `folds` are the scores of
    the folds, `metrics` all that the app's metrics say of all folds together; `refused` are engines of the variant's envs that do not hold it."""

    score: float | None = None
    folds: Sequence[float] = ()
    metrics: Mapping[str, float] = field(default_factory=dict)
    costs: Mapping[str, Cost] = field(default_factory=dict)
    refused: Sequence[str] = ()
    agree_fitted: float | None = None  # share of rows answered as by the estimator before it was converted
    why: str = ""


class WorkerError(Exception):
    """What went wrong on another machine or in another process, with its traceback."""


def score_name(app: str) -> tuple[str, float]:
    """The app's metric that candidates are ranked by, and what it is multiplied by so that more is better."""
    name: str = getattr(recipe(app).metrics, "SCORE", SCORE)
    return name.removeprefix("-"), -1.0 if name.startswith("-") else 1.0


def scored(app: str, metrics: Mapping[str, float]) -> float:
    """The score among an app's metrics. Raises UserError where it is none of them."""
    name, sign = score_name(app)
    if name not in metrics:
        raise UserError(f"models/{app}/metrics.py tells no {name!r}: let SCORE there be one of {', '.join(metrics)}")
    return round(sign * metrics[name], 4)


def folds(job: Job) -> list[tuple[np.ndarray, np.ndarray]]:
    """Rows to learn from and rows to answer, by the app's GROUP. Raises DataError where there is but one group."""
    group = recipe(job.app).train.GROUP
    groups = job.rows.group(group)
    n = len(np.unique(groups))
    if n < 2:
        raise DataError(f"there is but one {group} in the recordings: a sweep needs two or more")
    return list(GroupKFold(min(FOLDS, n)).split(job.rows.vectors, groups=groups))


@contextmanager
def _scratch(job: Job) -> Iterator[Path]:
    """A folder for one conversion: the caller's to clear away, where this is its machine."""
    home = job.scratch if Path(job.scratch).is_dir() else None
    with TemporaryDirectory(dir=home) as folder:
        yield Path(folder) / "include"


def _convert(job: Job, estimator: Any, candidate: Candidate, include: Path, every_engine: bool) -> Trained:
    vectors = job.rows.vectors
    classes = [str(name) for name in getattr(estimator, "classes_", ())]
    facts = ModelFacts(job.app, job.data, job.rate_hz, classes, vectors.shape[1])
    options = options_from(candidate.options)
    return converted(
        job.app, job.variant, copy.deepcopy(estimator), facts, vectors, include, options, every_engine=every_engine
    )


def _told(job: Job, estimator: Any, candidate: Candidate, test: np.ndarray) -> list[Told]:
    """What the app, compiled with the model, says to the recordings that it did not learn from."""
    models = recipe(job.app)
    with _scratch(job) as include:
        app = _convert(job, estimator, candidate, include, every_engine=False).app
        own = [job.rows.recordings[index] for index in np.unique(job.rows.groups[test])]
        return [tell(recording, app.run(recording).reports, models.train.TRUTH_LAG_S) for recording in own]


def _result(job: Job, candidate: Candidate, learned: Sequence[tuple[Any, np.ndarray]], whole: Any) -> Result:
    score = recipe(job.app).metrics.score
    try:
        told = [_told(job, estimator, candidate, test) for estimator, test in learned]
        labelled = [fold for fold in told if any(any(one.truth) for one in fold)]
        if not labelled:
            raise DataError("not one labelled decision came out of the recordings")
        metrics = score([one for fold in labelled for one in fold])
        with _scratch(job) as include:
            trained = _convert(job, whole, candidate, include, every_engine=True)
            bench = Bench(job.app, include, trained.app.model, job.rows.vectors)
            cost = costs(bench, job.targets, trained.engines)
    except ConvertError as error:
        return Result(why=str(error))
    return Result(
        score=scored(job.app, metrics),
        folds=[scored(job.app, own) for own in map(score, labelled) if score_name(job.app)[0] in own],
        metrics={key: round(value, 4) for key, value in metrics.items()},
        costs=cost,
        refused=sorted(set(job.engines) - set(trained.engines)),
        agree_fitted=round(trained.agreement.same_as_fitted / trained.agreement.rows, 4),
    )


def attempt(job: Job, same: Sequence[Candidate]) -> list[Result]:
    """Try candidates that share their parameters: each fold is fitted once, and converted in each way."""
    if digest(job.app, "") != job.code:
        raise UserError(
            "this worker has other code than the caller: start it in a checkout of the same commit, with the same changes"
        )
    params = parameters(job.app, job.variant, same[0].params)
    learned = [(fitted(job.app, job.rows.select(train), params, SEED), test) for train, test in folds(job)]
    whole = fitted(job.app, job.rows, params, SEED)
    return [_result(job, candidate, learned, whole) for candidate in same]


def try_out(
    job: Job, places: Sequence[int], same: Sequence[Candidate]
) -> tuple[Sequence[int], list[Result] | Exception]:
    """As `attempt`, with the candidates' places. An error is a value: the caller can then stop every other place in order."""
    try:
        return places, attempt(job, same)
    except Exception as error:
        known = type(error).__module__.startswith(("orchestrator", "fieldmouse"))
        return places, error if known else WorkerError("".join(traceback.format_exception(error)))
