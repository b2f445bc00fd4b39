"""SNR against instructions: one marker for each case and family of engines, at its fastest setting."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from orchestrator.bench.contract import Row, Suite
from orchestrator.plot import plt

SHAPES = "osD^vP*Xhd<>"


def points(rows: Sequence[Row], target: str) -> list[Row]:
    """The fastest row of each case and family on one target; rows without an SNR (exact ones too) have no place."""
    best: dict[tuple[str, str], Row] = {}
    for row in rows:
        if row.target != target or row.figures.instructions is None or row.figures.verdict.snr_db is None:
            continue
        key = (row.engine.case, row.engine.family)
        if row.engine.ours and not row.engine.shipped:
            continue
        held = best.get(key)
        if held is None or row.figures.instructions < (held.figures.instructions or 0):
            best[key] = row
    return list(best.values())


def draw(suite: Suite, rows: Sequence[Row], path: Path) -> None:
    """Write the PNG: a panel for each target."""
    targets = [target for target in suite.targets if any(row.target == target for row in rows)]
    families = list(dict.fromkeys(row.engine.family for row in sorted(rows, key=lambda row: not row.engine.ours)))
    palette = plt.get_cmap("tab10")
    peers = [family for family in families if not family.startswith("ours")]
    colours = {family: palette((1 + peers.index(family)) % 10) for family in peers}
    colours |= {family: ("black", "tab:blue")[i % 2] for i, family in enumerate(f for f in families if f not in peers)}
    kinds = list(dict.fromkeys(case.name.split("-")[0] for case in suite.cases))
    shapes = {kind: SHAPES[i % len(SHAPES)] for i, kind in enumerate(kinds)}
    figure, panels = plt.subplots(1, len(targets), figsize=(13, 6.5), sharey=True, layout="constrained", squeeze=False)
    for panel, target in zip(panels[0], targets, strict=True):
        for row in points(rows, target):
            kind, own = row.engine.case.split("-")[0], row.engine.ours
            where = (row.figures.instructions, row.figures.verdict.snr_db)
            panel.plot(
                *where, marker=shapes[kind], color=colours[row.engine.family], markersize=9 if own else 7, linestyle="",
                markeredgecolor="white", markeredgewidth=0.6, alpha=1 if own else 0.8, zorder=3 if own else 2,
            )  # fmt: skip
            size = row.engine.case.partition("-")[2]
            panel.annotate(size, where, xytext=(4, 3), textcoords="offset points", fontsize=6, color="0.35")
        panel.set_xscale("log")
        panel.set_xlabel("instructions (fewer to the left)")
        panel.set_title(target)
        panel.grid(True, which="major", alpha=0.3)
    panels[0][0].set_ylabel("SNR in dB, the worst of the case's signals")
    lines = [plt.Line2D([], [], marker="s", linestyle="", color=colours[name], label=name) for name in families]
    lines += [plt.Line2D([], [], marker=shapes[kind], linestyle="", color="0.5", label=kind) for kind in kinds]
    figure.legend(handles=lines, loc="outside lower center", ncols=7, fontsize="small")
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=110)
    plt.close(figure)
