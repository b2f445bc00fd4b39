"""What `inv sweep` shows: a table of the front for each target, and where the picture is."""

from __future__ import annotations

from typing import Any

from rich.table import Table

from orchestrator.progress import out, showing
from orchestrator.sweep.budget import Room, rooms
from orchestrator.sweep.cost import Target
from orchestrator.sweep.picture import draw
from orchestrator.sweep.run import Sweep, document, sweep, sweep_folder


def front_table(found: Sweep, target: Target, left: list[Room]) -> Table:
    """The candidates that no other beats on a target, and the default."""
    front = found.front(target)
    default = [place for place, *_ in found.points(target, "flash") if found.candidates[place].default]
    shown = sorted({*front, *default}, key=lambda place: found.results[place].costs[target.name].flash)
    table = Table(title=f"{target.core}, engine {target.engine}: {', '.join(env.name for env in target.envs)}")
    table.add_column("candidate")
    for name in (found.score, "of folds", "flash B", "RAM B", "instructions"):
        table.add_column(name, justify="right")
    table.add_column("on the front")
    for place in shown:
        result, cost = found.results[place], found.results[place].costs[target.name]
        spread = f"{min(result.folds):.3f} … {max(result.folds):.3f}"
        figures = (f"{cost.flash:,}", f"{cost.ram:,}", f"{cost.instructions:,}")
        mark = "yes" if place in front else "no: the default"
        table.add_row(found.candidates[place].name, f"{result.score:.3f}", spread, *figures, mark)
    own = [room for room in left if room.target == target.name]
    if own:
        parts = [f"{room.env} {room.flash:,} B" for room in own if room.flash is not None]
        table.caption = f"Left for the model: {', '.join(parts)}" if parts else None
    return table


def run(app: str, variant: str, data: str, cluster: str, jobs: int, show: bool) -> dict[str, Any]:
    """Sweep, draw, show; returns the document of `inv sweep --json`."""
    with showing("Sweeping") as say:
        found = sweep(app, variant, data, cluster, jobs, say)
    left = rooms(found.targets)
    picture = sweep_folder(found.app, found.variant) / "sweep.png"
    draw(found, left, picture)
    if show:
        for target in found.targets:
            out.print(front_table(found, target, left))
        failed = [(c, r) for c, r in zip(found.candidates, found.results, strict=True) if r.score is None]
        for candidate, result in failed:
            out.print(f"{candidate.name} does not convert: {result.why}", soft_wrap=True)
        out.print(
            f"{len(found.candidates)} candidates, {found.folds} folds by group on {found.rows} decisions of {found.data}. The picture is {picture}",
            soft_wrap=True,
        )
        told = {room.env for room in left}
        without = [env.name for target in found.targets for env in target.envs if env.name not in told]
        if without:
            out.print(
                f"What {', '.join(without)} would leave for the model is not known: no budget for it in app.ini, and no image with "
                "the model that is held; `inv build` makes one.",
                soft_wrap=True,
            )
    return document(found, left, picture)
