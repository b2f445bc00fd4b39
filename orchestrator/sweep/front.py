"""Which candidates nothing else beats, and which is the best that fits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields

from orchestrator.project import Budget
from orchestrator.sweep.cost import Cost
from orchestrator.sweep.trial import Result


def front(points: Sequence[tuple[float, float]]) -> list[int]:
    """The places of those (cost, score) that no other beats: each costs more than the one before and scores more, too."""
    found: list[int] = []
    for place in sorted(range(len(points)), key=lambda i: (points[i][0], -points[i][1])):
        if not found or points[place][1] > points[found[-1]][1]:
            found.append(place)
    return found


def excess(cost: Cost, budget: Budget) -> float:
    """How many times the budget a cost takes, of what it is most over; at most 1 fits."""
    limits = {what.name: getattr(budget, what.name) for what in fields(Budget)}
    return max((getattr(cost, name) / limit for name, limit in limits.items() if limit), default=0.0)


def worst(result: Result, budgets: Mapping[str, Budget]) -> float | None:
    """The largest excess over the budgets of targets; None where the candidate has no score, or an env of its variant links an
    engine that does not hold it, which would then not build."""
    if result.score is None or result.refused:
        return None
    return max((excess(result.costs[name], budget) for name, budget in budgets.items()), default=0.0)


def best(results: Sequence[Result], budgets: Mapping[str, Budget]) -> tuple[int | None, int | None]:
    """The places of the best score that fits, of equals the one with least flash; and of the one nearest to fitting."""
    able = {place: over for place, result in enumerate(results) if (over := worst(result, budgets)) is not None}

    def flash(place: int) -> int:
        return sum(results[place].costs[name].flash for name in budgets)

    fits = [place for place, over in able.items() if over <= 1]
    chosen = min(fits, key=lambda place: (-(results[place].score or 0.0), flash(place)), default=None)
    return chosen, min(able, key=lambda place: able[place], default=None)
