"""`inv sweep`: every candidate of an app's SPACE, tried, kept, and told as figures."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from dataclasses import asdict, dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from orchestrator.prebuild import digest, model_folder
from orchestrator.progress import Progress, counting, quiet
from orchestrator.project import WORKSPACE, UserError, check_variant, data_folder, envs, find_app
from orchestrator.sweep.cost import Target, engine_of, targets
from orchestrator.sweep.front import front
from orchestrator.sweep.places import places, run
from orchestrator.sweep.space import Candidate, candidates
from orchestrator.sweep.store import Store
from orchestrator.sweep.trial import Job, Result, folds, score_name
from orchestrator.training import common_rate, feature_app, recipe, recordings, table


@dataclass(frozen=True)
class Sweep:
    """Candidates and what was found of each, in the same order."""

    app: str
    variant: str
    data: str
    folder: str  # of the data; empty for the simulator
    folds: int
    rows: int
    targets: Sequence[Target]
    candidates: Sequence[Candidate]
    results: Sequence[Result]

    @property
    def score(self) -> str:
        """The name of the metric."""
        return score_name(self.app)[0]

    def points(self, target: Target, what: str) -> list[tuple[int, float, float]]:
        """Place, cost and score of each candidate that runs on a target."""
        return [
            (place, getattr(result.costs[target.name], what), result.score)
            for place, result in enumerate(self.results)
            if result.score is not None and target.name in result.costs
        ]

    def front(self, target: Target, what: str = "flash") -> list[int]:
        """The places of those that no other beats on a target, from the cheapest to the best."""
        points = self.points(target, what)
        return [points[i][0] for i in front([(cost, score) for _, cost, score in points])]


def _parts(todo: Sequence[int], every: Sequence[Candidate]) -> list[tuple[list[int], list[Candidate]]]:
    """Candidates that share their parameters are fitted together."""
    found: dict[str, list[int]] = {}
    for place in todo:
        found.setdefault(repr(sorted(every[place].params.items())), []).append(place)
    return [(numbers, [every[place] for place in numbers]) for numbers in found.values()]


def sweep(
    app: str, variant: str = "", data: str = "", cluster: str = "", jobs: int = 0, progress: Progress = quiet
) -> Sweep:
    """Try every candidate that was not tried before with the same code, data and tools."""
    app = find_app(app)
    check_variant(app, variant)
    if jobs < 0:
        raise UserError(f"--jobs {jobs}: how many candidates at once, or 0 for one on each core")
    wanted = targets(app, variant)
    if not wanted:
        raise UserError(f"no env of {app} with this variant is for a core that a sweep measures")
    every = candidates(app, variant)
    progress("reading the recordings")
    folder = data_folder(data)
    name, found = recordings(app, folder)
    rate_hz = common_rate(found)
    progress("computing features with the firmware's C")
    rows = table(feature_app(app, variant, rate_hz), found, recipe(app).train.TRUTH_LAG_S)
    engines = sorted({engine_of(env) for env in envs(app) if env.variant == variant})
    WORKSPACE.mkdir(exist_ok=True)
    with TemporaryDirectory(dir=WORKSPACE, prefix="sweep-") as scratch:
        job = Job(app, variant, name, rate_hz, rows, wanted, engines, digest(app, ""), scratch)
        n_folds = len(folds(job))
        store = Store(sweep_folder(app, variant) / "tried", job)
        results = [store.load(candidate) for candidate in every]
        todo = [place for place, result in enumerate(results) if result is None]
        done = len(every) - len(todo)
        if todo:
            progress("trying the candidates")
            with counting(f"Sweeping {app}", len(every)) as count, places(cluster, jobs, job) as parallel:
                count(done)
                with closing(run(parallel, job, _parts(todo, every))) as ended:
                    for numbers, some in ended:
                        for place, result in zip(numbers, some, strict=True):
                            store.save(every[place], result)
                            results[place] = result
                        done += len(numbers)
                        count(done)
    told = [result for result in results if result is not None]
    return Sweep(app, variant, name, folder, n_folds, len(rows.vectors), wanted, every, told)


def sweep_folder(app: str, variant: str) -> Path:
    """Where the results and the picture of a variant's sweep are."""
    return model_folder(app, variant) / "sweep"


def document(found: Sweep, rooms: Sequence[Any], picture: Path) -> dict[str, Any]:
    """What `inv sweep --json` prints."""
    fronts = {target.name: set(found.front(target)) for target in found.targets}
    rows = []
    for place, (candidate, result) in enumerate(zip(found.candidates, found.results, strict=True)):
        rows.append(
            {
                "params": dict(candidate.params),
                "options": dict(candidate.options),
                "default": candidate.default,
                "score": result.score,
                "folds": list(result.folds),
                "metrics": dict(result.metrics),
                "agree_fitted": result.agree_fitted,
                "costs": {name: asdict(cost) for name, cost in result.costs.items()},
                "front": [name for name, places in fronts.items() if place in places],
                "refused": list(result.refused),
                "why": result.why,
            }
        )
    return {
        "app": found.app,
        "variant": found.variant,
        "data": found.data,
        "score": found.score,
        "folds": found.folds,
        "rows": found.rows,
        "targets": [
            {"target": t.name, "core": t.core, "engine": t.engine, "envs": [e.name for e in t.envs]}
            for t in found.targets
        ],
        "candidates": rows,
        "rooms": [asdict(room) for room in rooms],
        "picture": str(picture),
    }
