"""Evaluation by group, through the converted C: what the firmware would have said to subjects it never learned from."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from fieldmouse.recording import DataError, Recording
from orchestrator.progress import Progress, quiet
from orchestrator.project import WORKSPACE, UserError, find_app
from orchestrator.training import Table, common_rate, feature_app, fit, recipe, recordings, table, truth_of

SEEDS = (1, 2, 3)


@dataclass
class Scored:
    """Answers beside the truth, one entry a labelled decision."""

    truth: list[str] = field(default_factory=list)
    answers: list[str] = field(default_factory=list)
    groups: list[str] = field(default_factory=list)

    def extend(self, other: Scored) -> None:
        """Add another run's decisions."""
        self.truth += other.truth
        self.answers += other.answers
        self.groups += other.groups


@dataclass(frozen=True)
class Fold:
    """Rows to learn from, and recordings to answer."""

    name: str
    rows: Table
    test: Sequence[Recording]


@dataclass(frozen=True)
class Evaluation:
    """The outcome; `metrics` are means over the seeds, `runs` each seed's decisions."""

    app: str
    data: str
    trained_on: str
    protocol: str
    n: int
    metrics: dict[str, float]
    groups: dict[str, dict[str, float]]
    support: dict[str, dict[str, int]]
    runs: list[Scored]

    def as_json(self) -> dict[str, Any]:
        """The document of `inv evaluate --json`."""
        keys = ("app", "data", "trained_on", "protocol", "n", "metrics", "groups")
        return {key: getattr(self, key) for key in keys}


def _select(rows: Table, wanted: np.ndarray) -> Table:
    return Table(rows.vectors[wanted], rows.truth[wanted], rows.groups[wanted], rows.recordings)


def _answer(app: Any, recording: Recording, lag_s: float, group: str) -> Scored:
    answers = app.run(recording)
    scored = Scored()
    for report, truth in zip(answers.reports, truth_of(recording, answers, lag_s), strict=True):
        if truth:
            scored.truth.append(truth)
            scored.answers.append(report.get("class", "unknown"))
            scored.groups.append(recording.groups[group])
    return scored


def _leave_out(rows: Table, found: Sequence[Recording], leave: Sequence[str]) -> Iterator[Fold]:
    """One fold for each combination of the groupings in `leave` that occurs; training has none of its values."""
    keys = [tuple(recording.groups[name] for name in leave) for recording in found]
    columns = [rows.group(name) for name in leave]
    for key in sorted(set(keys)):
        apart = np.ones(len(rows.truth), dtype=bool)
        for column, value in zip(columns, key, strict=True):
            apart &= column != value
        if not apart.any():
            raise DataError(f"leaving out {'/'.join(key)} leaves nothing to learn from")
        test = [recording for recording, own in zip(found, keys, strict=True) if own == key]
        yield Fold("/".join(key), _select(rows, apart), test)


def _mean(values: Sequence[dict[str, float]]) -> dict[str, float]:
    names = sorted({name for value in values for name in value})
    return {name: round(float(np.mean([v[name] for v in values if name in v])), 4) for name in names}


def _support(scored: Scored) -> dict[str, dict[str, int]]:
    found: dict[str, dict[str, int]] = {}
    for group, truth in zip(scored.groups, scored.truth, strict=True):
        found.setdefault(group, {}).setdefault(truth, 0)
        found[group][truth] += 1
    return {group: dict(sorted(counts.items())) for group, counts in sorted(found.items())}


def _folds(
    app: str, variant: str, data: str, trained_on: str | None, leave: Sequence[str], seed: int
) -> tuple[str, str, str, int, list[Fold]]:
    """The names of both data sets, the protocol, the sampling rate and the folds."""
    models = recipe(app)
    lag_s = models.train.TRUTH_LAG_S
    if data and trained_on is None:
        name, found = recordings(app, data)
        rate = common_rate(found)
        rows = table(feature_app(app, variant, rate), found, lag_s)
        missing = [group for group in leave if group not in found[0].groups]
        if missing:
            raise UserError(f"the recordings have no grouping {missing[0]!r}; they have: {', '.join(found[0].groups)}")
        folds = list(_leave_out(rows, found, leave))
        return name, name, f"leave one {' and '.join(leave)} out", rate, folds
    learned, source = recordings(app, trained_on or "", seed)
    if data:
        name, found = recordings(app, data)
        protocol = "train on one set, test on the other, whole"
    else:
        name, found = learned, models.simulate.evaluation(seed)
        protocol = "simulator: unseen seeds, parameters from ranges that training never drew"
    rate = common_rate(source)
    rows = table(feature_app(app, variant, rate), source, lag_s)
    return name, learned, protocol, rate, [Fold("all", rows, found)]


def evaluate(
    app: str,
    variant: str = "",
    data: str = "",
    trained_on: str | None = None,
    leave: Sequence[str] = (),
    seeds: Sequence[int] = SEEDS,
    progress: Progress = quiet,
) -> Evaluation:
    """Evaluate by group; see `inv evaluate --help` for the protocols."""
    app = find_app(app)
    models = recipe(app)
    if trained_on and not data:
        raise UserError("--trained-on says what to learn from; say with --data what to test on")
    if leave and (trained_on or not data):
        raise UserError("--leave is for one data set: give --data, and not --trained-on")
    leave = tuple(leave) or (models.train.GROUP,)
    runs: list[Scored] = []
    cached: tuple[str, str, str, int, list[Fold]] | None = None
    WORKSPACE.mkdir(exist_ok=True)
    for number, seed in enumerate(seeds, 1):
        progress(f"seed {number} of {len(seeds)}: reading recordings")
        if cached is None or not (data and trained_on is None):
            cached = _folds(app, variant, data, trained_on, leave, seed)
        name, learned, protocol, rate, folds = cached
        run = Scored()
        for fold in folds:
            progress(f"seed {number} of {len(seeds)}: {fold.name}")
            with TemporaryDirectory(dir=WORKSPACE) as folder:
                trained = fit(app, variant, fold.rows, learned, rate, Path(folder) / "include", seed)
                for recording in fold.test:
                    run.extend(_answer(trained.app, recording, models.train.TRUTH_LAG_S, leave[0]))
        if not run.truth:
            raise DataError("not one labelled decision came out of the recordings")
        runs.append(run)
    groups = sorted({group for run in runs for group in run.groups})
    by_group = {
        group: _mean([_score_group(models.metrics, run, group) for run in runs if group in run.groups])
        for group in groups
    }
    metrics = _mean([models.metrics.score(run.truth, run.answers) for run in runs])
    return Evaluation(app, name, learned, protocol, len(runs[0].truth), metrics, by_group, _support(runs[0]), runs)


def _score_group(metrics: Any, run: Scored, group: str) -> dict[str, float]:
    own = [i for i, name in enumerate(run.groups) if name == group]
    return metrics.score([run.truth[i] for i in own], [run.answers[i] for i in own])


def confusion(runs: Sequence[Scored]) -> tuple[list[str], list[str], np.ndarray]:
    """Row names (truth), column names (answers) and counts, averaged over the runs."""
    truth = sorted({t for run in runs for t in run.truth})
    answers = sorted({a for run in runs for a in run.answers} | set(truth))
    counts = np.zeros((len(truth), len(answers)))
    for run in runs:
        for t, a in zip(run.truth, run.answers, strict=True):
            counts[truth.index(t), answers.index(a)] += 1
    return truth, answers, counts / len(runs)
