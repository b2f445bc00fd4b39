"""`inv train` with a budget: the best candidate that fits."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from orchestrator.progress import Progress
from orchestrator.project import Budget, UserError
from orchestrator.sweep.budget import budgets, spoken
from orchestrator.sweep.front import best, excess
from orchestrator.sweep.run import Sweep, sweep
from orchestrator.training import Choice


@dataclass(frozen=True)
class Pick:
    """A choice with what is known of it."""

    choice: Choice
    name: str
    score: float
    told: str  # what it costs, and of how many candidates it is the best


def _costs(found: Sweep, place: int, names: list[str]) -> str:
    return "; ".join(f"{name} {spoken(found.results[place].costs[name])}" for name in names)


def _passed_over(found: Sweep, place: int, limits: Mapping[str, Budget]) -> str:
    """The best within the budget that scores above the chosen one, where some env's engine does not hold it."""
    fits = [
        (result.score or 0.0, other)
        for other, result in enumerate(found.results)
        if result.refused and all(n in result.costs and excess(result.costs[n], limits[n]) <= 1 for n in limits)
    ]
    score, other = max(fits, default=(0.0, place))
    if score <= (found.results[place].score or 0.0):
        return ""
    engines = " and ".join(found.results[other].refused)
    return f". {found.candidates[other].name} has {score:.3f}, but {engines}, which an env of this variant links, cannot hold it"


def pick(app: str, variant: str, data: str, progress: Progress) -> Pick | None:
    """The best-scoring candidate that fits the budgets of a variant; None where it has none.

    Raises UserError that names the nearest where nothing fits."""
    limits = budgets(app, variant)
    if not limits:
        return None
    found = sweep(app, variant, data, progress=progress)
    place, nearest = best(found.results, limits)
    allowed = "; ".join(f"{name} {spoken(limit)}" for name, limit in limits.items())
    if place is None:
        near = "none converts for every env"
        if nearest is not None:
            near = (
                f"the nearest is {found.candidates[nearest].name} ({found.score} {found.results[nearest].score:.3f}): "
                f"{_costs(found, nearest, list(limits))}"
            )
        raise UserError(
            f"none of {len(found.candidates)} candidates fits the budget ({allowed}); {near}. Raise custom_model_…_budget in "
            f"apps/{app}/app.ini, or give SPACE in models/{app}/train.py smaller models"
        )
    chosen, result = found.candidates[place], found.results[place]
    told = (
        f"{chosen.name}: {found.score} {result.score:.3f} in {found.folds} folds, the best of {len(found.candidates)} candidates within "
        f"{allowed}; it takes {_costs(found, place, list(limits))}{_passed_over(found, place, limits)}"
    )
    choice = Choice(found.folder, params=dict(chosen.params), options=dict(chosen.options))
    return Pick(choice, chosen.name, result.score or 0.0, told)
