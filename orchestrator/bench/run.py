"""`inv bench`: every engine of a suite on every target, in one run."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from importlib import import_module
from pathlib import Path

from orchestrator.bench.build import Builder, Sizes
from orchestrator.bench.contract import Engine, Figures, Row, Suite
from orchestrator.bench.fetch import bring
from orchestrator.bench.measure import measure
from orchestrator.emulator.unicorn.bare import BareError
from orchestrator.progress import Progress, out, showing
from orchestrator.project import ROOT, UserError


def suites() -> list[str]:
    """Every suite: a folder of bench/ with a suite.py."""
    return sorted(path.parent.name for path in (ROOT / "bench").glob("*/suite.py"))


def find_suite(name: str) -> Suite:
    """The suite of that name, or a UserError with those there are."""
    if name not in suites():
        raise UserError(f"there is no suite {name!r}; there are: {', '.join(suites())}")
    found: Suite = import_module(f"bench.{name}.suite").suite()
    return found


def chosen(suite: Suite, only: str) -> list[Engine]:
    """The engines of the cases in whose name `only` is, in the order of the cases, ours first."""
    order = {case.name: place for place, case in enumerate(suite.cases)}
    found = [engine for engine in suite.engines if only in engine.case]
    if not found:
        raise UserError(f"no case of {suite.name} has {only!r} in its name; there are: {', '.join(order)}")
    return sorted(found, key=lambda engine: (order[engine.case], not engine.ours))


def _row(suite: Suite, engine: Engine, target: str, builder: Builder, frame: Sizes) -> Row:
    """One line. An engine that crashes is a line that says so; one that cannot be built is a defect of the suite."""
    try:
        elf = builder.elf(engine, target)
    except BareError as error:
        raise UserError(f"{engine.case}, {engine.name}, {target}: {error}") from None
    try:
        return Row(suite.name, engine, target, measure(suite.case(engine.case), engine, target, elf, frame))
    except BareError as error:
        return Row(suite.name, engine, target, Figures(), f"it did not finish: {error}")


def measured(suite: Suite, engines: Sequence[Engine], say: Progress) -> list[Row]:
    """A line for each engine and target. Raises UserError when a peer's sources or the compiler are not to be had."""
    for pin in suite.needs:
        bring(pin)
    pairs = [(engine, target) for engine in engines for target in suite.targets]
    with tempfile.TemporaryDirectory() as scratch, ThreadPoolExecutor(os.cpu_count()) as pool:
        builder = Builder(Path(scratch))
        try:
            frames = {target: builder.frame(target) for target in suite.targets}
        except BareError as error:
            raise UserError(str(error)) from None
        waiting = [pool.submit(_row, suite, engine, target, builder, frames[target]) for engine, target in pairs]
        try:
            return list(_told(pairs, waiting, say))
        finally:
            pool.shutdown(cancel_futures=True)


def _told(pairs: Sequence[tuple[Engine, str]], waiting: Sequence[Future[Row]], say: Progress) -> Iterator[Row]:
    """The rows in their order; says at each family of engines where it is."""
    last = ""
    for place, ((engine, _target), row) in enumerate(zip(pairs, waiting, strict=True), 1):
        now = f"{engine.case}, {engine.family}"
        if now != last:
            say(f"{now}, {place} of {len(pairs)}")
        last = now
        yield row.result()


def bench(name: str, only: str, publish: bool, show: bool) -> tuple[list[Row], list[str]]:
    """Measure, show the tables, and with `publish` write the page, its picture and the short table.

    Returns the rows, and which engines did not finish."""
    from orchestrator.bench import report

    if publish and only:
        raise UserError("--publish writes the whole table, so it goes without --only")
    with showing(f"Measuring {name}") as say:
        say("its cases and what is right in them")
        suite = find_suite(name)
        rows = measured(suite, chosen(suite, only), say)
    failed = [f"{row.engine.case}, {row.engine.name}, {row.target}: {row.failure}" for row in rows if row.failure]
    if show:
        for table in report.terminal(suite, rows):
            out.print(table)
    if publish:
        for path in report.publish(suite, rows):
            out.print(f"Written into {path}") if show else None
    return rows, failed
