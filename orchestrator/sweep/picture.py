"""Score against flash and against instructions: a row for each target, the front as a line, budgets as vertical lines."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

from orchestrator.plot import plt
from orchestrator.sweep.budget import Room
from orchestrator.sweep.cost import Target
from orchestrator.sweep.run import Sweep

AXES = {"flash": "flash of the model in B", "instructions": "instructions of an answer, mean"}
BEYOND = 20  # a budget this many times above the most costly candidate is told, not drawn
NEAR = 0.035  # of the axis: budgets nearer than this share a label
FEW, MANY = (1.0, 2.0, 5.0), (1.0, 1.5, 2.0, 3.0, 4.0, 5.0, 7.0)  # ticks of a decade
FRONT, MARK, BUDGET = "tab:blue", "0.55", "tab:red"


def _number(value: float) -> str:
    return f"{value / 1000:g}k" if value >= 1000 else f"{value:g}"


def _limits(panel: Axes, rooms: Sequence[Room], what: str, most: float) -> list[str]:
    """Draws the budgets; returns those that are far beyond every candidate."""
    at = sorted((value, room.env) for room in rooms if (value := getattr(room, what)) is not None and value > 0)
    inside = [(value, env) for value, env in at if value <= BEYOND * most]
    for value, _env in inside:
        panel.axvline(value, color=BUDGET, linewidth=1, linestyle="--", zorder=1)
    low, high = panel.get_xlim()
    low, high = min([low, *(0.8 * value for value, _ in inside)]), max([high, *(1.25 * value for value, _ in inside)])
    panel.set_xlim(low, high)
    groups: list[list[tuple[float, str]]] = []
    for one in inside:
        if groups and np.log(one[0] / groups[-1][0][0]) < NEAR * np.log(high / low):
            groups[-1].append(one)
        else:
            groups.append([one])
    for group in groups:
        names = "\n".join(env for _, env in group)
        panel.annotate(
            names, (group[0][0], 0.02), xycoords=("data", "axes fraction"), xytext=(-2, 0), textcoords="offset points",
            rotation=90, ha="right", va="bottom", fontsize="x-small", color=BUDGET,
        )  # fmt: skip
    return [f"{env} {_number(round(value, -3))}" for value, env in at if value > BEYOND * most]


def _panel(panel: Axes, found: Sweep, target: Target, what: str, rooms: Sequence[Room]) -> None:
    points = found.points(target, what)
    panel.set_xscale("log")
    panel.plot(
        [cost for _, cost, _ in points], [score for *_, score in points], "o", linestyle="", color=MARK, markersize=3.5, zorder=2, label="candidate"
    )  # fmt: skip
    front = {place: (cost, score) for place, cost, score in points}
    line = [front[place] for place in found.front(target, what)]
    panel.plot(*zip(*line, strict=True), "-o", color=FRONT, markersize=4.5, linewidth=1.4, zorder=3, label="front")
    own = [front[place] for place in front if found.candidates[place].default]
    panel.plot(
        [cost for cost, _ in own], [score for _, score in own], "*", linestyle="", color="black", markersize=11, zorder=4, label="default"
    )  # fmt: skip
    panel.margins(x=0.06, y=0.12)
    beyond = _limits(
        panel, [room for room in rooms if room.target == target.name], what, max(cost for _, cost, _ in points)
    )
    low, high = panel.get_xlim()
    panel.xaxis.set_major_locator(LogLocator(subs=FEW if high > 10 * low else MANY, numticks=12))
    panel.xaxis.set_major_formatter(FuncFormatter(lambda value, _place: _number(value)))
    panel.xaxis.set_minor_formatter(NullFormatter())
    panel.grid(True, which="major", alpha=0.3)
    panel.set_xlabel(AXES[what] + (f" (budget beyond: {', '.join(beyond)})" if beyond else ""), fontsize="small")
    panel.tick_params(labelsize="small")


def figure(found: Sweep, rooms: Sequence[Room]) -> Figure:
    """The picture, not yet written."""
    shown = [target for target in found.targets if found.points(target, "flash")]
    drawn, panels = plt.subplots(
        len(shown), len(AXES), figsize=(12, 3.3 * len(shown) + 1), squeeze=False, sharey=True, layout="constrained"
    )
    for target, row in zip(shown, panels, strict=True):
        for what, panel in zip(AXES, row, strict=True):
            _panel(panel, found, target, what, rooms)
        row[0].set_ylabel(found.score, fontsize="small")
        row[0].set_title(f"{target.core}, engine {target.engine}", loc="left", fontsize="medium")
    variant = f", variant {found.variant}" if found.variant else ""
    drawn.suptitle(
        f"{found.app}{variant} on {found.data}: {len(found.candidates)} candidates, {found.folds} folds by group"
    )
    handles, names = panels[0][0].get_legend_handles_labels()
    if rooms:
        handles.append(plt.Line2D([], [], color=BUDGET, linewidth=1, linestyle="--"))
        names.append("what an env leaves for its model")
    drawn.legend(handles, names, loc="outside lower center", ncols=len(names), fontsize="small")
    return drawn


def draw(found: Sweep, rooms: Sequence[Room], path: Path) -> None:
    """Write the PNG."""
    drawn = figure(found, rooms)
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(".part.png")
    drawn.savefig(part, dpi=110)
    part.replace(path)
    plt.close(drawn)
