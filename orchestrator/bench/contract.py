"""What a suite of bench/ is made of: cases, and the engines that answer them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from orchestrator.bench.fetch import Pin

Arrays = Mapping[str, np.ndarray]
OURS, SHIPPED = "ours", "size"
Reach = Mapping[str, Mapping[str, Mapping[str, float]]]  # case → name of an engine → target


@dataclass(frozen=True)
class Verdict:
    """How right the answers were. What does not apply is None; `snr_db` also where no answer was off."""

    snr_db: float | None = None
    error: float | None = None  # the largest, in the case's unit
    agree: float | None = None  # share of the runs with the right class
    note: str = ""


@dataclass(frozen=True)
class Case:
    """One job, the same for every engine: what goes in, run by run, what is right, and how an answer is judged."""

    name: str
    title: str
    unit: str  # of Verdict.error
    runs: Sequence[Arrays]
    right: Sequence[np.ndarray]
    judge: Callable[[Sequence[np.ndarray], Sequence[np.ndarray]], Verdict]  # answers, right
    group: str = ""  # the set of data that it is of, where sets are to weigh the same


@dataclass(frozen=True)
class Engine:
    """One way to do a case: C with `void setup(void)`, not counted, and `void run(void)`, counted; both read and write
    global arrays, by whose names `inputs` and `outputs` know them. Before each run `setup` is called, then the inputs are
    written; so an engine has its first run after every reset."""

    case: str
    family: str  # "ours", "ours-block", "cmsis-dsp-fast": the same functions, whatever the setting
    setting: str  # "size", "O3-unrolled"; engine's name is family-setting
    sources: Sequence[Path]
    flags: Sequence[str]
    inputs: Callable[[Arrays], Arrays]  # a run's arrays → the C arrays' contents
    outputs: Mapping[str, tuple[str, int]]  # C array → dtype and count
    answer: Callable[[Arrays], np.ndarray]  # contents of `outputs` → in the terms of Case.right
    headers: Mapping[str, str] | Callable[[], Mapping[str, str]] = field(
        default_factory=dict
    )  # generated ones, name → text
    adapters: int = 1  # how many sources, from the first, see the headers
    kin: str = ""  # of ours: the family that it answers exactly as, and is weighed with; its own where empty
    choice: bool = False  # of ours: also what a user can choose for firmware, whatever the setting's name
    right: Sequence[np.ndarray] | None = None  # where an engine computes something a little different by design
    note: str = ""
    spared: Sequence[str] = ()  # C objects that the same program has without the case: their flash is not counted

    @property
    def name(self) -> str:
        """As in the table."""
        return f"{self.family}-{self.setting}"

    @property
    def ours(self) -> bool:
        """Whether it is this project's."""
        return self.family.split("-")[0] == OURS

    @property
    def shipped(self) -> bool:
        """Whether it is ours as firmware can be built, which is what the peers' best is compared with."""
        return self.ours and (self.choice or self.setting == SHIPPED)


@dataclass(frozen=True)
class Suite:
    """The cases and engines of one table, and what its page says."""

    name: str
    title: str
    targets: Sequence[str]  # of orchestrator.emulator.unicorn.bare.CORES
    cases: Sequence[Case]
    engines: Sequence[Engine]
    peers: Mapping[str, str]  # peer → its exact version
    short: str  # the Markdown file that gets the short table
    needs: Sequence[Pin] = ()  # packages of sources to bring before anything is compiled
    remarks: Sequence[str] = ()  # what a reader must know of this suite, a sentence or more each
    reach: Mapping[str, Reach] = field(default_factory=dict)  # name of a measure → what ours is meant to reach
    tuned: Sequence[str] = ()  # groups of cases that ours was tuned on

    def case(self, name: str) -> Case:
        """The case of that name."""
        return next(case for case in self.cases if case.name == name)


@dataclass(frozen=True)
class Figures:
    """What one engine takes on one target; None is what was not measured."""

    flash: int | None = None
    ram: int | None = None
    stack: int | None = None
    instructions: int | None = None
    verdict: Verdict = Verdict()


@dataclass(frozen=True)
class Row:
    """One line of the table."""

    suite: str
    engine: Engine
    target: str
    figures: Figures
    failure: str = ""

    def as_json(self) -> dict[str, Any]:
        """As `inv bench --json` prints it; a figure that was not measured is null."""
        verdict = self.figures.verdict
        return {
            "suite": self.suite,
            "case": self.engine.case,
            "engine": self.engine.name,
            "target": self.target,
            "flash": self.figures.flash,
            "ram": self.figures.ram,
            "stack": self.figures.stack,
            "instructions": self.figures.instructions,
            "snr_db": None if verdict.snr_db is None else round(verdict.snr_db, 1),
            "error": None if verdict.error is None else float(f"{verdict.error:.4g}"),
            "agree": None if verdict.agree is None else round(verdict.agree, 4),
            "note": "; ".join(part for part in (self.failure, verdict.note, self.engine.note) if part),
        }
