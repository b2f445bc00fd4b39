"""Evaluation by group, through the converted C: what the firmware would have said to subjects it never learned from."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from fieldmouse.recording import DataError, Recording, Told, tell
from orchestrator.progress import Progress, quiet
from orchestrator.project import WORKSPACE, UserError, find_app
from orchestrator.training import Table, common_rate, feature_app, fit, held, recipe, recordings, table

SEEDS = (1, 2, 3)


@dataclass(frozen=True)
class Fold:
    """Rows to learn from, recordings to answer, and those recordings' rows to compare the C with scikit-learn on."""

    name: str
    rows: Table
    test: Sequence[Recording]
    check: Table


@dataclass(frozen=True)
class Evaluation:
    """The outcome; `metrics` are means over the seeds, `runs` what the app told in each seed's,
    `compared` the rows, learned from and tested, on which the C answered as scikit-learn (else there is no outcome)."""

    app: str
    data: str
    trained_on: str
    protocol: str
    n: int
    metrics: dict[str, float]
    groups: dict[str, dict[str, float]]
    support: dict[str, dict[str, int]]
    runs: list[list[Told]]
    compared: int

    def as_json(self) -> dict[str, Any]:
        """The document of `inv evaluate --json`."""
        keys = ("app", "data", "trained_on", "protocol", "n", "metrics", "groups")
        return {key: getattr(self, key) for key in keys}


def _select(rows: Table, wanted: np.ndarray) -> Table:
    return Table(rows.vectors[wanted], rows.truth[wanted], rows.groups[wanted], rows.recordings)


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
        own = [index for index, name in enumerate(keys) if name == key]
        test = [found[index] for index in own]
        yield Fold("/".join(key), _select(rows, apart), test, _select(rows, np.isin(rows.groups, own)))


def _mean(values: Sequence[dict[str, float]]) -> dict[str, float]:
    names = sorted({name for value in values for name in value})
    return {name: round(float(np.mean([v[name] for v in values if name in v])), 4) for name in names}


def _support(run: Sequence[Told], group: str) -> dict[str, dict[str, int]]:
    found: dict[str, Counter[str]] = {}
    for told in run:
        found.setdefault(told.recording.groups[group], Counter()).update(truth for truth, _ in told.labelled())
    return {name: dict(sorted(counts.items())) for name, counts in sorted(found.items()) if counts}


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
    features = feature_app(app, variant, rate)
    fold = Fold("all", table(features, source, lag_s), found, table(features, found, lag_s))
    return name, learned, protocol, rate, [fold]


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
    runs: list[list[Told]] = []
    compared = 0
    cached: tuple[str, str, str, int, list[Fold]] | None = None
    chosen = held(app, variant)  # its parameters and options; the data is what was asked for here
    WORKSPACE.mkdir(exist_ok=True)
    for number, seed in enumerate(seeds, 1):
        progress(f"seed {number} of {len(seeds)}: reading recordings")
        if cached is None or not (data and trained_on is None):
            cached = _folds(app, variant, data, trained_on, leave, seed)
        name_of_data, learned, protocol, rate, folds = cached
        run: list[Told] = []
        for fold in folds:
            progress(f"seed {number} of {len(seeds)}: {fold.name}")
            with TemporaryDirectory(dir=WORKSPACE) as folder:
                include = Path(folder) / "include"
                trained = fit(app, variant, fold.rows, learned, rate, include, seed, fold.check, choice=chosen)
                compared += trained.agreement.rows
                for recording in fold.test:
                    run.append(tell(recording, trained.app.run(recording).reports, models.train.TRUTH_LAG_S))
        if not any(any(told.truth) for told in run):
            raise DataError("not one labelled decision came out of the recordings")
        runs.append(run)
    groups: dict[str, list[dict[str, float]]] = {}
    for run in runs:
        for name in sorted({told.recording.groups[leave[0]] for told in run if any(told.truth)}):
            own = [told for told in run if told.recording.groups[leave[0]] == name]
            groups.setdefault(name, []).append(models.metrics.score(own))
    return Evaluation(
        app=app,
        data=name_of_data,
        trained_on=learned,
        protocol=protocol,
        n=sum(len(told.labelled()) for told in runs[0]),
        metrics=_mean([models.metrics.score(run) for run in runs]),
        groups={name: _mean(values) for name, values in sorted(groups.items())},
        support=_support(runs[0], leave[0]),
        runs=runs,
        compared=compared,
    )


def confusion(runs: Sequence[Sequence[Told]]) -> tuple[list[str], list[str], np.ndarray]:
    """Row names (truth), column names (answers) and counts, averaged over the runs."""
    counts = Counter(pair for run in runs for told in run for pair in told.labelled())
    truth = sorted({pair[0] for pair in counts})
    answers = sorted({pair[1] for pair in counts} | set(truth))
    return truth, answers, np.array([[counts[t, a] for a in answers] for t in truth]) / len(runs)
