"""Ours against the best that any peer has, figure by figure, and in words where a peer stays ahead."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from orchestrator.bench.contract import Row, Suite


@dataclass(frozen=True)
class Measure:
    """One figure of a row, and how it is spoken of."""

    name: str
    unit: str
    ahead: str = ""  # the heading over those that are better
    more_is_better: bool = False

    def of(self, row: Row) -> float | None:
        """The figure; None when it was not measured or does not apply."""
        held = row.figures if hasattr(row.figures, self.name) else row.figures.verdict
        value: float | None = getattr(held, self.name)
        return value

    def better(self, one: float, other: float) -> bool:
        """Whether `one` is strictly better."""
        return one > other if self.more_is_better else one < other

    def text(self, value: float | None) -> str:
        """As tables show it."""
        if value is None:
            return "–"
        return f"{value:.1f}" if self.name == "snr_db" else f"{value:.3f}" if self.name == "agree" else f"{value:,.0f}"


INSTRUCTIONS = Measure("instructions", "instructions", "Fewer instructions")
FLASH = Measure("flash", "B", "Less flash")
RAM = Measure("ram", "B", "Less RAM")
SNR = Measure("snr_db", "dB", "More exact", more_is_better=True)
AGREE = Measure("agree", "of the answers", "More answers right", more_is_better=True)
MEASURES = (INSTRUCTIONS, FLASH, RAM, SNR, AGREE)


def rival(rows: Sequence[Row], ours: Row, measure: Measure) -> Row | None:
    """The best peer of a row of ours; where answers are counted, of those that give no fewer right ones."""
    agree = None if measure == AGREE else AGREE.of(ours)
    equal = [row for row in rows if agree is None or (AGREE.of(row) or 0.0) >= agree]
    return best_peer(equal, ours.engine.case, ours.target, measure)


def less_right(rows: Sequence[Row], ours: Row, measure: Measure) -> Row | None:
    """The best peer of those that give fewer right answers than a row of ours."""
    agree = None if measure == AGREE else AGREE.of(ours)
    fewer = [row for row in rows if agree is not None and (AGREE.of(row) or 0.0) < agree]
    return best_peer(fewer, ours.engine.case, ours.target, measure)


def best_peer(rows: Sequence[Row], case: str, target: str, measure: Measure) -> Row | None:
    """The peer's row with the best figure, whatever its setting and its other figures; None where there is no peer."""
    found = [r for r in rows if not r.engine.ours and r.engine.case == case and r.target == target]
    found = [row for row in found if measure.of(row) is not None]
    sign = -1 if measure.more_is_better else 1
    return min(found, key=lambda row: sign * (measure.of(row) or 0), default=None)


Peers = Callable[[Sequence[Row], Row, Measure], Row | None]


def shipped(rows: Sequence[Row]) -> list[Row]:
    """Our rows that are compared."""
    return [row for row in rows if row.engine.shipped]


def ratio(row: Row, peer: Row | None, measure: Measure) -> str:
    """Ours : the peer's, so below 1 where ours is less."""
    ours, theirs = measure.of(row), measure.of(peer) if peer else None
    return f"{ours / theirs:.2f}" if ours is not None and theirs else "–"


def _span(measure: Measure, rows: Sequence[Row]) -> str:
    """The figures of rows, from the least to the most."""
    found = sorted(value for row in rows if (value := measure.of(row)) is not None)
    ends = dict.fromkeys(measure.text(value) for value in (found[0], found[-1]))
    return " … ".join(ends)


def _accuracy(ours: Sequence[Row], peers: Sequence[Row]) -> str:
    """The other side of the coin: how right both are."""
    for measure, form in ((SNR, "{} dB against {}"), (AGREE, "{} right against {}")):
        if all(any(measure.of(row) is not None for row in rows) for rows in (ours, peers)):
            return f" ({form.format(_span(measure, peers), _span(measure, ours))})"
    return ""


def _beaten(rows: Sequence[Row], measure: Measure, peers: Peers) -> Iterator[tuple[Row, Row]]:
    """Ours, and the best peer, where that one is better in this figure."""
    for row in shipped(rows):
        peer = peers(rows, row, measure)
        mine, theirs = measure.of(row), measure.of(peer) if peer else None
        if peer is not None and mine is not None and theirs is not None and measure.better(theirs, mine):
            yield row, peer


def ahead(suite: Suite, rows: Sequence[Row], measure: Measure, peers: Peers = rival) -> Iterator[str]:
    """A sentence for each peer that beats ours in this figure, with the cases and targets in which it does: the page's table
    has them one by one."""
    found: dict[tuple[str, str], list[tuple[Row, Row]]] = {}
    for row, peer in _beaten(rows, measure, peers):
        found.setdefault((peer.engine.family, row.target), []).append((row, peer))
    for (family, target), pairs in found.items():
        ours, theirs = [row for row, _ in pairs], [peer for _, peer in pairs]
        cases = []
        for case in (case.name for case in suite.cases):
            behind = {row.engine.name for row in ours if row.engine.case == case}
            every = {row.engine.name for row in shipped(rows) if row.engine.case == case}
            told = "" if behind == every else f" ({', '.join(f'`{name}`' for name in sorted(behind))})"
            cases += [f"`{case}`{told}"] if behind else []
        right = "" if measure in (SNR, AGREE) else _accuracy(ours, theirs)
        yield (
            f"`{family}` on {target}, {_span(measure, theirs)} {measure.unit} against {_span(measure, ours)}{right}: "
            f"{', '.join(cases)}."
        )
