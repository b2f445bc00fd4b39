"""Flash against instructions: a panel for each case, one mark an engine, filled on the first target and hollow on the second."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

from orchestrator.bench.contract import Row, Suite
from orchestrator.bench.picture import COLUMNS
from orchestrator.plot import plt

COLOURS = ("black", "tab:orange", "tab:green", "tab:purple", "tab:red", "tab:brown")  # ours, then the peers in order
MARKS = "os^Dvp"
FAINT, CLEAR = 0.35, 0.9  # an engine that gives fewer right answers than the best of ours, and others
PANEL = (3.6, 3.1)  # inches


def _root(suite: Suite, row: Row) -> int:
    """0 for ours, else which peer it is."""
    names = [name.lower() for name in suite.peers]
    return (
        0 if row.engine.ours else 1 + next((i for i, name in enumerate(names) if row.engine.family.startswith(name)), 0)
    )


def _panel(suite: Suite, panel: Axes, rows: Sequence[Row], targets: Sequence[str]) -> None:
    best = max((row.figures.verdict.agree or 0.0 for row in rows if row.engine.ours), default=0.0)
    for row in rows:
        root, right = _root(suite, row), (row.figures.verdict.agree or 0.0) >= best - 0.005
        colour = COLOURS[root % len(COLOURS)]
        panel.plot(
            row.figures.instructions, row.figures.flash, marker=MARKS[root % len(MARKS)], color=colour, markersize=6, linestyle="",
            markerfacecolor=colour if row.target == targets[0] else "white", alpha=CLEAR if right else FAINT, zorder=3 if root == 0 else 2,
        )  # fmt: skip
    for axis in (panel.xaxis, panel.yaxis):
        axis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0), numticks=8))
        axis.set_major_formatter(
            FuncFormatter(lambda value, _place: f"{value / 1000:g}k" if value >= 1000 else f"{value:g}")
        )
        axis.set_minor_formatter(NullFormatter())
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
        "Flash against mean instructions of an answer; faint: fewer right answers than ours", fontsize="large"
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
