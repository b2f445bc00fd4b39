"""SNR against instructions: a panel for each kind of job, one marker for each case, family of engines and target."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from matplotlib.axes import Axes

from orchestrator.bench.contract import OURS, Row, Suite
from orchestrator.plot import plt

COLUMNS = 4
SHADES = (
    ("black", "tab:blue", "deepskyblue", "slategray"),  # ours
    ("tab:red", "tab:orange", "gold", "sienna", "salmon", "darkred"),
    ("tab:green", "limegreen", "olive", "teal"),
    ("tab:purple", "violet", "indigo", "plum"),
)
SHAPES = "os^D"


def points(rows: Sequence[Row], target: str) -> list[Row]:
    """The fastest row of each case and family on one target; of ours the one as shipped. Rows without an SNR (exact ones
    too) have no place."""
    best: dict[tuple[str, str], Row] = {}
    for row in rows:
        if row.target != target or row.figures.instructions is None or row.figures.verdict.snr_db is None:
            continue
        if row.engine.ours and not row.engine.shipped:
            continue
        held = best.get((row.engine.case, row.engine.family))
        if held is None or row.figures.instructions < (held.figures.instructions or 0):
            best[row.engine.case, row.engine.family] = row
    return list(best.values())


def colours(suite: Suite, families: Sequence[str]) -> dict[str, str]:
    """A colour for each family: shades of one for a peer's families."""
    roots = [OURS, *(peer.lower() for peer in suite.peers)]
    found, used = {}, [0] * (len(roots) + 1)
    for family in families:
        root = next((i for i, name in enumerate(roots) if family.startswith(name)), len(roots))
        shades = SHADES[root % len(SHADES)]
        found[family] = shades[used[root] % len(shades)]
        used[root] += 1
    return found


def _line(panel: Axes, rows: Sequence[Row], shape: str, colour: str, hollow: bool) -> None:
    """One family's cases of one kind on one target."""
    at = [(row.figures.instructions, row.figures.verdict.snr_db) for row in rows]
    panel.plot(
        *zip(*at, strict=True), marker=shape, color=colour, linewidth=0.8, markersize=5 if len(rows) > 2 else 7, zorder=3 if rows[0].engine.ours else 2,
        markerfacecolor="white" if hollow else colour, alpha=0.85,
    )  # fmt: skip


def draw(suite: Suite, rows: Sequence[Row], path: Path) -> None:
    """Write the PNG."""
    targets = [target for target in suite.targets if any(row.target == target for row in rows)]
    families = list(dict.fromkeys(row.engine.family for row in sorted(rows, key=lambda row: not row.engine.ours)))
    colour = colours(suite, families)
    kinds: dict[str, list[str]] = {}
    for case in suite.cases:
        kinds.setdefault(case.name.rpartition("-")[0], []).append(case.name)
    lines = -(-len(kinds) // COLUMNS)
    figure, panels = plt.subplots(
        lines, COLUMNS, figsize=(15, 3.6 * lines + 1.2), sharex=True, sharey=True, layout="constrained", squeeze=False
    )
    for panel in panels.flat[len(kinds) :]:
        panel.axis("off")
    for panel, (kind, names) in zip(panels.flat, kinds.items(), strict=False):
        for shape, target in zip(SHAPES, targets, strict=False):
            chosen = points(rows, target)
            for family in families:
                found = [
                    row for name in names for row in chosen if (row.engine.case, row.engine.family) == (name, family)
                ]
                if found:
                    _line(panel, found, shape, colour[family], hollow=target != targets[0])
        panel.set_xscale("log")
        panel.margins(0.12)
        panel.set_title(f"{kind}: {', '.join(name.rpartition('-')[2] for name in names)}", fontsize="medium")
        panel.tick_params(labelbottom=True)
        panel.grid(True, which="major", alpha=0.3)
    for panel in panels[-1]:
        panel.set_xlabel("instructions")
    for panel in panels[:, 0]:
        panel.set_ylabel("SNR in dB")
    figure.suptitle(
        "SNR, the worst of a case's signals, against instructions; peers at their fastest setting", fontsize="large"
    )
    legend = [plt.Line2D([], [], marker="o", color=colour[name], label=name) for name in families]
    legend += [
        plt.Line2D(
            [], [], marker=shape, linestyle="", color="0.4", label=target, markerfacecolor="0.4" if i == 0 else "white"
        )
        for i, (shape, target) in enumerate(zip(SHAPES, targets, strict=False))
    ]
    figure.legend(handles=legend, loc="outside lower center", ncols=8, fontsize="small")
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=100)
    plt.close(figure)
