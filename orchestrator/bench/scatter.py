"""Flash against instructions: a panel for each case, marks of each engine at its best, filled on the first target and hollow on
the second."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

from orchestrator.bench.contract import Row, Suite
from orchestrator.bench.picture import COLUMNS
from orchestrator.plot import plt

COLOURS = ("black", "tab:orange", "tab:green", "tab:purple", "tab:red", "tab:brown")  # ours, then the peers in order
MARKS = "os^Dvp"
FAINT, CLEAR = 0.35, 0.9  # an engine that gives fewer right answers than the best of ours, and others
PANEL = (3.6, 2.9)  # inches
SPAN = 10.0  # an axis goes at least so many times up, so that panels without a peer show no differences of per cents
MARGIN = 1.35  # room beyond the outermost marks, as a factor
FINE = 150.0  # axes that go further have ticks at powers of ten only


def _root(suite: Suite, row: Row) -> int:
    """0 for ours, else which peer it is."""
    names = [name.lower() for name in suite.peers]
    return (
        0 if row.engine.ours else 1 + next((i for i, name in enumerate(names) if row.engine.family.startswith(name)), 0)
    )


def _right(rows: Sequence[Row], row: Row) -> bool:
    """Whether it answers as ours does, to half a per cent."""
    best = max((other.figures.verdict.agree or 0.0 for other in rows if other.engine.ours), default=0.0)
    return (row.figures.verdict.agree or 0.0) >= best - 0.005


def at_best(suite: Suite, rows: Sequence[Row]) -> list[Row]:
    """Of one case's rows those that no other of the same engine, right as often on the same target, beats in flash and
    in instructions."""
    groups: dict[tuple[int, str, bool], list[Row]] = {}
    for row in rows:
        groups.setdefault((_root(suite, row), row.target, _right(rows, row)), []).append(row)
    found = []
    for group in groups.values():
        least = float("inf")
        for row in sorted(group, key=lambda row: (row.figures.instructions or 0, row.figures.flash or 0)):
            if (row.figures.flash or 0) < least:
                least = row.figures.flash or 0
                found.append(row)
    return found


def _scale(axis: Axis, values: Sequence[float]) -> None:
    """Logarithmic, with room for all values and a few ticks."""
    low, high = min(values) / MARGIN, max(values) * MARGIN
    wider = max(1.0, np.sqrt(SPAN * low / high))
    low, high = low / wider, high * wider
    axis.axes.set(**{f"{axis.axis_name}lim": (low, high)})
    axis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0) if high / low < FINE else (1.0,), numticks=8))
    axis.set_major_formatter(FuncFormatter(_thousands))
    axis.set_minor_formatter(NullFormatter())


def _thousands(value: float, _place: object) -> str:
    return f"{value / 1e6:g}M" if value >= 1e6 else f"{value / 1e3:g}k" if value >= 1e3 else f"{value:g}"


def _panel(suite: Suite, panel: Axes, rows: Sequence[Row], targets: Sequence[str]) -> None:
    for row in at_best(suite, rows):
        root = _root(suite, row)
        colour = COLOURS[root % len(COLOURS)]
        panel.plot(
            row.figures.instructions, row.figures.flash, marker=MARKS[root % len(MARKS)], color=colour, markersize=6, linestyle="",
            markerfacecolor=colour if row.target == targets[0] else "white", alpha=CLEAR if _right(rows, row) else FAINT,
            zorder=3 if root == 0 else 2,
        )  # fmt: skip
    _scale(panel.xaxis, [row.figures.instructions for row in rows])
    _scale(panel.yaxis, [row.figures.flash for row in rows])
    panel.tick_params(labelsize="x-small")
    panel.grid(True, which="major", alpha=0.3)


def draw(suite: Suite, rows: Sequence[Row], path: Path) -> None:
    """Write the PNG."""
    done = [row for row in rows if row.figures.instructions is not None and (row.figures.flash or 0) > 0]
    cases = [case for case in suite.cases if any(row.engine.case == case.name for row in done)]
    lines = -(-len(cases) // COLUMNS)
    size = (PANEL[0] * COLUMNS, PANEL[1] * lines + 1)
    figure, panels = plt.subplots(lines, COLUMNS, figsize=size, layout="constrained", squeeze=False)
    for panel in panels.flat[len(cases) :]:
        panel.axis("off")
    for panel, case in zip(panels.flat, cases, strict=False):
        panel.set_xscale("log")
        panel.set_yscale("log")
        _panel(suite, panel, [row for row in done if row.engine.case == case.name], suite.targets)
        panel.set_title(case.title, fontsize="small")
    for panel in panels[-1]:
        panel.set_xlabel("instructions", fontsize="small")
    for panel in panels[:, 0]:
        panel.set_ylabel("flash in B", fontsize="small")
    figure.suptitle(
        "Flash against mean instructions of an answer, each engine's settings that no other of its own beats; faint: fewer right answers than ours",
        fontsize="medium",
    )
    names = ["ours", *suite.peers]
    legend = [
        plt.Line2D([], [], marker=MARKS[i % len(MARKS)], color=COLOURS[i % len(COLOURS)], linestyle="", label=name)
        for i, name in enumerate(names)
    ]
    legend += [
        plt.Line2D(
            [], [], marker="o", color="0.4", linestyle="", label=target, markerfacecolor="white" if place else "0.4"
        )
        for place, target in enumerate(suite.targets)
    ]
    figure.legend(handles=legend, loc="outside lower center", ncols=len(legend), fontsize="small")
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=85)
    plt.close(figure)
