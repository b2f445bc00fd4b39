"""Where ours stands: what it was to reach, where a peer stays ahead at equal answers, and ratios in which each set of data weighs
the same."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from orchestrator.bench.compare import AGREE, FLASH, INSTRUCTIONS, MEASURES, RAM, Measure, rival, shipped
from orchestrator.bench.contract import OURS, Row, Suite
from orchestrator.card import table

SHORT = {"cortex-m0plus": "M0+", "cortex-m4f": "M4F", "cortex-m7f": "M7F"}
COUNTED = (FLASH, INSTRUCTIONS)  # what no peer is meant to be ahead in
EQUAL = (
    "**Equal answers**: a peer is compared with ours where its answers to the test rows are right no less often. Of ours it is, "
    "figure by figure, the best of what a user chooses between: `size` or `speed`, everything or `only` what is asked; `hard` votes "
    "are compared apart, with peers that are right as often as these."
)


@dataclass(frozen=True)
class Standing:
    """One figure of a case on a core: the best of our settings, and the best peer at equal answers, or None."""

    measure: Measure
    ours: Row
    peer: Row | None

    @property
    def ratio(self) -> float | None:
        """Ours to the peer's; None without a peer."""
        mine, theirs = self.measure.of(self.ours), self.measure.of(self.peer) if self.peer else None
        return mine / theirs if mine is not None and theirs else None

    @property
    def behind(self) -> bool:
        """Whether the peer is ahead."""
        return self.ratio is not None and self.ratio > 1


def kin(row: Row) -> str:
    """The family that a row of ours is weighed with."""
    return row.engine.kin or row.engine.family


def standings(suite: Suite, rows: Sequence[Row], measure: Measure) -> Iterator[Standing]:
    """One for each case, core and kin of ours."""
    held: dict[tuple[str, str, str], list[Standing]] = {}
    order = {case.name: place for place, case in enumerate(suite.cases)}
    for row in shipped(rows):
        if measure.of(row) is not None:
            key = (row.engine.case, kin(row), row.target)
            held.setdefault(key, []).append(Standing(measure, row, rival(rows, row, measure)))
    for key in sorted(held, key=lambda key: (order[key[0]], key[1], suite.targets.index(key[2]))):
        yield min(held[key], key=lambda standing: (standing.ratio or 0.0, measure.of(standing.ours)))


def named(measure: Measure, row: Row | None) -> str:
    """A figure with the engine that has it."""
    return f"{measure.text(measure.of(row))} `{row.engine.name}`" if row else "–"


def ahead(suite: Suite, rows: Sequence[Row]) -> str:
    """How often a peer is ahead in spite of the choice between our settings, and a table of where."""
    lines, counted, best = [], 0, 0
    for measure in (*COUNTED, RAM):
        found = list(standings(suite, rows, measure))
        if measure in COUNTED:
            found = [standing for standing in found if standing.peer]
            counted, best = counted + len(found), best + sum(not standing.behind for standing in found)
        lines += [
            [
                f"`{standing.ours.engine.case}`",
                SHORT.get(standing.ours.target, standing.ours.target),
                measure.name,
                named(measure, standing.ours),
                AGREE.text(AGREE.of(standing.ours)),
                named(measure, standing.peer),
                AGREE.text(AGREE.of(standing.peer)) if standing.peer else "–",
                f"{standing.ratio:.2f}",
            ]
            for standing in found
            if standing.behind
        ]
    header = ["case", "core", "figure", "ours", "agree", "peer", "agree", "ratio"]
    said = f"Flash and instructions of each case on each core make {counted} comparisons; no peer is ahead in {best}."
    told = (
        f"{said} Where one is, in these or in RAM:\n\n{table(header, lines)}" if lines else f"{said} Nor is one in RAM."
    )
    return f"{EQUAL}\n\n{told}"


def _mean(values: Sequence[float]) -> float | None:
    return float(np.exp(np.mean(np.log(values)))) if values else None


def sets(suite: Suite, rows: Sequence[Row]) -> str:
    """Ratios at equal answers by set of data, of the family that a user gets by default; then the mean of the sets."""
    columns = [(measure, target) for measure in COUNTED for target in suite.targets]
    found: dict[str, dict[tuple[Measure, str], list[float]]] = {}
    for measure in COUNTED:
        for standing in standings(suite, rows, measure):
            if kin(standing.ours) == OURS and standing.ratio:
                of = found.setdefault(suite.case(standing.ours.engine.case).group, {})
                of.setdefault((measure, standing.ours.target), []).append(standing.ratio)
    means = {group: [_mean(of.get(column, [])) for column in columns] for group, of in found.items()}

    def line(name: str, values: Sequence[float | None], cases: str) -> list[str]:
        return [name, cases, *("–" if value is None else f"{value:.2f}" for value in values)]

    def over(groups: Sequence[str]) -> list[float | None]:
        return [_mean([v for g in groups if (v := means[g][i]) is not None]) for i in range(len(columns))]

    lines = [line(group, values, str(max(map(len, found[group].values())))) for group, values in means.items()]
    lines.append(line("mean of the sets", over(list(means)), ""))
    fresh = [group for group in means if group not in suite.tuned]
    if len(fresh) < len(means):
        lines.append(line(f"the same without {', '.join(suite.tuned)}", over(fresh), ""))
    header = ["set", "cases with a peer", *(f"{m.name}, {SHORT.get(target, target)}" for m, target in columns)]
    return table(header, lines)


def reached(suite: Suite, rows: Sequence[Row]) -> str:
    """Each figure that ours was to reach, what it is, and whether it is met."""
    lines, met = [], 0
    for measure in MEASURES:
        for case, engines in suite.reach.get(measure.name, {}).items():
            for row in (row for row in rows if row.engine.case == case):
                wanted, value = engines.get(row.engine.name, {}).get(row.target), measure.of(row)
                if wanted is None or value is None:
                    continue
                ok = not measure.better(wanted, value)
                met += ok
                cells = [f"`{case}`", f"`{row.engine.name}`", SHORT.get(row.target, row.target), measure.name]
                lines.append([*cells, measure.text(wanted), measure.text(value), "met" if ok else "**missed**"])
    header = ["case", "ours", "core", "figure", "to reach", "is", ""]
    return f"{met} of {len(lines)} are met.\n\n{table(header, lines)}"


def short(suite: Suite, rows: Sequence[Row]) -> str:
    """A line a case: the least flash and the fewest instructions of ours and of a peer at equal answers."""
    cores = " / ".join(SHORT.get(target, target) for target in suite.targets)
    header = ["model", f"flash B, {cores}", "least of a peer", f"instructions, {cores}", "fewest of a peer"]
    lines = []
    for case in suite.cases:
        cells = [case.title]
        for measure in COUNTED:
            found = [
                standing
                for standing in standings(suite, rows, measure)
                if kin(standing.ours) == OURS and standing.ours.engine.case == case.name
            ]
            cells.append(" / ".join(measure.text(measure.of(standing.ours)) for standing in found))
            cells.append(_peers(found))
        lines.append(cells)
    return table(header, lines)


def _peers(found: Sequence[Standing]) -> str:
    """Their figures, each family named once."""
    cells, last = [], ""
    for standing in found:
        family = standing.peer.engine.family if standing.peer else ""
        value = standing.measure.text(standing.measure.of(standing.peer)) if standing.peer else "–"
        cells.append(f"`{family}` {value}" if family not in ("", last) else value)
        last = family
    return " / ".join(cells)
