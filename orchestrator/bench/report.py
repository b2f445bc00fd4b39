"""The figures for people: tables on the terminal, the page in docs/ with its picture, and the short table."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from rich.box import SIMPLE
from rich.table import Table

from orchestrator.bench import compare, picture, scatter, standing
from orchestrator.bench.build import compiler_version
from orchestrator.bench.compare import AGREE, FLASH, INSTRUCTIONS, RAM, SNR, Measure
from orchestrator.bench.contract import SHIPPED, Case, Row, Suite
from orchestrator.bench.standing import SHORT
from orchestrator.card import table, write_block
from orchestrator.project import ROOT

RIGHT = {SNR: "SNR dB", AGREE: "agree"}

HOW = (
    "**Instructions**: those that the core executes from the entry of `run()` to its return, counted one by one in emulation "
    "(Unicorn, {cores}); the mean over the case's runs. They are no cycles: wait states, and instructions "
    "of more than one cycle, are the chip's own. `setup()`, the adapter's initialisation, is not counted, nor is bringing the "
    "inputs into the form that an engine takes (float, Q31, one array an axis).",
    "**Flash**: code, constants and first values of data in the linked ELF (`-ffunction-sections -fdata-sections "
    "--gc-sections`), minus the same ELF with an empty `setup()` and `run()`. Everything that an engine pulls in counts, "
    "initialisation, libgcc and newlib-nano's mathematics too.",
    "**RAM**: data and bss of that ELF, which are the engine's state and every array that it works on, input and output "
    "included: an engine that works in place needs fewer. To that comes the **stack**, the deepest byte that `run()` wrote.",
)
RIGHT_HOW = {
    SNR: "**SNR**: the worst of the case's signals, against NumPy and SciPy in float64, with coefficients as designed, not as "
    "rounded. **Error**: the largest of all values. Both are measured on what the emulated core answered.",
    AGREE: "**Agree**: the share of the runs in which the emulated core answers what is right.",
}
SETS = (
    "Ratios of ours to the best peer at equal answers, below 1 where ours is less: geometric means over a set's cases, then over "
    "the sets, each with the same weight. {tuned} was used to tune our engine; the last line is without it."
)
SHORT_HOW = (
    "Instructions in emulation and bytes of the linked ELF. The peer is the one with the fewest instructions; others are more "
    "exact or smaller: [every figure, and where a peer stays ahead]({page})."
)
SHORT_COUNTED = (
    "Instructions in emulation and bytes of the linked ELF, each at the best of what a user chooses between; a peer is one "
    "whose answers are right no less often: [every figure, and where a peer stays ahead]({page})."
)
RATIOS = (
    "For each figure the best that any peer reaches at any setting{equal}, whatever its other figures are: so one row may name "
    "several. A ratio is ours to theirs; below 1 ours is less."
)


def _targets(suite: Suite, rows: Sequence[Row]) -> list[str]:
    return [target for target in suite.targets if any(row.target == target for row in rows)]


def _of_case(rows: Sequence[Row], case: Case) -> dict[str, dict[str, Row]]:
    """Engine → target → row."""
    found: dict[str, dict[str, Row]] = {}
    for row in rows:
        if row.engine.case == case.name:
            found.setdefault(row.engine.name, {})[row.target] = row
    return found


def _error(row: Row | None) -> str:
    error = row.figures.verdict.error if row else None
    return "–" if error is None else f"{error:.3g}" if error < 1000 else f"{error:,.0f}"


def _right(rows: Sequence[Row]) -> list[Measure]:
    """What says how right the answers are, of the rows of one case."""
    return [measure for measure in (SNR, AGREE) if any(measure.of(row) is not None for row in rows)]


def _has_error(found: dict[str, dict[str, Row]]) -> bool:
    return any(row.figures.verdict.error is not None for by_target in found.values() for row in by_target.values())


def _header(targets: Sequence[str], right: Sequence[Measure], case: Case, error: bool) -> list[str]:
    columns = []
    for target in targets:
        short = SHORT.get(target, target)
        columns += [f"{short} instr.", f"{short} flash", f"{short} RAM", f"{short} stack"]
        columns += [f"{short} {RIGHT[measure]}" for measure in right]
        columns += [f"{short} error {case.unit}"] if error else []
    return ["engine", *columns]


def _lines(found: dict[str, dict[str, Row]], targets: Sequence[str], right: Sequence[Measure]) -> Iterator[list[str]]:
    error = _has_error(found)
    for engine, by_target in found.items():
        cells = [f"`{engine}`"]
        for target in targets:
            row = by_target.get(target)
            figures = [INSTRUCTIONS, FLASH, RAM, Measure("stack", "B"), *right]
            cells += [measure.text(measure.of(row)) if row else "–" for measure in figures]
            cells += [_error(row)] if error else []
        yield cells


def _notes(found: dict[str, dict[str, Row]]) -> Iterator[str]:
    """What is said of a family once, and what is said of single rows."""
    said: dict[str, list[str]] = {}
    for by_target in found.values():
        for row in by_target.values():
            for text in (row.failure, row.figures.verdict.note, row.engine.note):
                if text:
                    said.setdefault(text, []).append(row.engine.family)
    for text, families in said.items():
        yield f"{', '.join(f'`{family}`' for family in dict.fromkeys(families))}: {text}."


def terminal(suite: Suite, rows: Sequence[Row]) -> Iterator[Table]:
    """A table for each case that was measured."""
    targets = _targets(suite, rows)
    for case in suite.cases:
        found = _of_case(rows, case)
        if not found:
            continue
        right = _right([row for by_target in found.values() for row in by_target.values()])
        shown = Table(title=f"{case.name}: {case.title}; error {case.unit}", box=SIMPLE, padding=(0, 1, 0, 0))
        shown.add_column("engine", no_wrap=True)
        for column in _header(targets, right, case, _has_error(found))[1:]:
            shown.add_column(column.replace(" ", "\n", 1).removesuffix(f" {case.unit}"), justify="right", no_wrap=True)
        for engine, *cells in _lines(found, targets, right):
            shown.add_row(engine.strip("`"), *cells, style="bold" if engine.startswith("`ours") else None)
        yield shown


def ratios(suite: Suite, rows: Sequence[Row]) -> str:
    """Each of our engines as shipped against the best of all peers, figure by figure."""
    header = [
        "case",
        "target",
        "ours",
        "instr.",
        "fewest of a peer",
        "ratio",
        "flash",
        "least of a peer",
        "ratio",
    ]
    header += ["RAM", "least of a peer", "ratio"]
    right = _right(rows)
    header += [column for measure in right for column in (RIGHT[measure], "best of a peer")]
    lines = []
    for case in suite.cases:
        for row in (row for row in compare.shipped(rows) if row.engine.case == case.name):
            cells = [f"`{case.name}`", SHORT.get(row.target, row.target), f"`{row.engine.name}`"]
            for measure in (INSTRUCTIONS, FLASH, RAM, *right):
                peer = compare.rival(rows, row, measure)
                cells.append(measure.text(measure.of(row)))
                cells.append(f"{measure.text(measure.of(peer))} `{peer.engine.name}`" if peer else "no peer")
                cells += [] if measure in right else [compare.ratio(row, peer, measure)]
            lines.append(cells)
    return table(header, lines)


def short_table(suite: Suite, rows: Sequence[Row]) -> str:
    """Instructions, flash and accuracy of ours as shipped, beside the peer with the fewest instructions."""
    targets = _targets(suite, rows)
    cores = " / ".join(SHORT.get(target, target) for target in targets)
    header = ["job", f"ours, {cores}", "fastest peer", "ratio", "flash, ours", "theirs"]
    right = _right(rows)
    header += [column for measure in right for column in (f"{RIGHT[measure]}, ours", "theirs")]
    lines = []
    for case in suite.cases:
        ours = [row for row in compare.shipped(rows) if row.engine.case == case.name]
        for name in dict.fromkeys(row.engine.name for row in ours):
            own = [row for row in ours if row.engine.name == name]
            peers = [compare.rival(rows, row, INSTRUCTIONS) for row in own]
            variant = name.removeprefix("ours").removesuffix(f"-{SHIPPED}")
            lines.append([case.title + variant.replace("-", ", ")])
            lines[-1] += [
                _both(own, INSTRUCTIONS),
                _named(peers),
                " / ".join(compare.ratio(row, peer, INSTRUCTIONS) for row, peer in zip(own, peers, strict=True)),
            ]
            lines[-1] += [_both(which, measure) for measure in (FLASH, *right) for which in (own, peers)]
    return table(header, lines)


def _named(peers: Sequence[Row | None]) -> str:
    """Instructions with the family of each peer, which is said once where it is the same."""
    cells, last = [], ""
    for row in peers:
        family = row.engine.family if row else ""
        cells.append(
            f"`{family}` " * (family not in ("", last)) + (INSTRUCTIONS.text(INSTRUCTIONS.of(row)) if row else "–")
        )
        last = family
    return " / ".join(cells)


def _both(rows: Sequence[Row | None], measure: Measure) -> str:
    return " / ".join(measure.text(measure.of(row)) if row else "–" for row in rows)


def _ahead(suite: Suite, rows: Sequence[Row], peers: compare.Peers = compare.rival) -> Iterator[str]:
    for measure in compare.MEASURES:
        found = "\n".join(f"- {sentence}" for sentence in compare.ahead(suite, rows, measure, peers))
        if found:
            yield f"{measure.ahead}:\n\n{found}"


def page(suite: Suite, rows: Sequence[Row], image: str) -> str:
    """The whole page in docs/; `image` is empty where there is nothing to draw."""
    targets = _targets(suite, rows)
    alone = [case.title for case in suite.cases if all(row.engine.ours for row in rows if row.engine.case == case.name)]
    parts = [
        f"# {suite.title}",
        f"Written by `inv bench --suite {suite.name} --publish`; `--json` prints the same figures. {compiler_version()}; "
        + "; ".join(f"{peer} {version}" for peer, version in suite.peers.items())
        + ".",
        *([f"![{_drawn(rows)}]({image})"] if image else []),
    ]
    counted = AGREE in _right(rows)
    if counted and suite.tuned:
        parts += ["## Each set weighs the same", SETS.format(tuned=", ".join(suite.tuned)), standing.sets(suite, rows)]
    if suite.reach:
        parts += ["## What was to be reached", standing.reached(suite, rows)]
    if counted:
        parts += ["## Where a peer stays ahead at equal answers", standing.ahead(suite, rows)]
        fewer = "\n\n".join(_ahead(suite, rows, compare.less_right))
        parts += ["### With fewer right answers", fewer] if fewer else []
    parts += [
        "## Ours against the best of all peers",
        RATIOS.format(equal=" at equal answers" if counted else ""),
        ratios(suite, rows),
    ]
    if not counted:
        parts += ["## Where a peer stays ahead", "\n\n".join(_ahead(suite, rows)) or "Nowhere in this run."]
    if alone:
        parts.append(f"No peer has: {'; '.join(alone)}.")
    parts += ["## How it is counted", "\n\n".join(text.format(cores=", ".join(targets)) for text in HOW)]
    parts += [text for measure, text in RIGHT_HOW.items() if measure in _right(rows)]
    parts += ["\n\n".join(suite.remarks)] if suite.remarks else []
    parts.append("## All figures")
    for case in suite.cases:
        found = _of_case(rows, case)
        right = _right([row for by_target in found.values() for row in by_target.values()])
        parts.append(f"### {case.name}: {case.title}")
        parts.append(table(_header(targets, right, case, _has_error(found)), list(_lines(found, targets, right))))
        notes = "\n".join(f"- {note}" for note in _notes(found))
        parts += [notes] if notes else []
    return "\n\n".join(parts) + "\n"


def publish(suite: Suite, rows: Sequence[Row]) -> list[str]:
    """Write the page, its picture and the short table; returns their names."""
    whole, image = ROOT / "docs" / f"bench_{suite.name}.md", ROOT / "docs" / f"bench_{suite.name}.png"
    short = ROOT / suite.short
    whole.parent.mkdir(exist_ok=True)
    drawn = [image] if _right(rows) else []
    if drawn:
        (picture if SNR in _right(rows) else scatter).draw(suite, rows, image)
    whole.write_text(page(suite, rows, image.name if drawn else ""), encoding="utf-8")
    counted = AGREE in _right(rows)
    text = "\n\n".join(
        [
            standing.short(suite, rows) if counted else short_table(suite, rows),
            (SHORT_COUNTED if counted else SHORT_HOW).format(page=_link(short, whole)),
            *(f"![{_drawn(rows)}]({_link(short, path)})" for path in drawn),
        ]
    )
    write_block(short, f"bench {suite.name}", text)
    return [str(path.relative_to(ROOT)) for path in (whole, *drawn, short)]


def _drawn(rows: Sequence[Row]) -> str:
    return "SNR against instructions" if SNR in _right(rows) else "Flash against instructions"


def _link(page: Path, to: Path) -> str:
    return Path(os.path.relpath(to, page.parent)).as_posix()
