"""`inv test --on rig`: each board of the rig flashed, asked who it is, tested and given back; one that fails spoils no other."""

from __future__ import annotations

import os
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from orchestrator.build import build
from orchestrator.flash import build_id, check_identity, flash, identify
from orchestrator.flash.probes import usb_ports
from orchestrator.progress import err
from orchestrator.project import ROOT, Env, UserError
from orchestrator.rig.lock import hold
from orchestrator.rig.plan import Rig, RigBoard, read_rig
from orchestrator.testing import Count, run_target

DEFAULT = ROOT / "ci" / "rig.toml"
MOST_FAILURES = 5  # a board that has gone fails every test at its time limit: the rest would say no more


class Turns:
    """What the boards of one run share: who builds and flashes now, and whether the run was ended by its person."""

    def __init__(self) -> None:
        self.flashing = threading.Lock()  # builds share a folder, and flashing tools look at every probe that there is
        self.ended = threading.Event()


@dataclass
class Outcome:
    """What came of one board."""

    row: RigBoard
    count: Count = field(default_factory=Count)
    faults: list[str] = field(default_factory=list)  # a plain line each

    def fail(self, why: str) -> None:
        """Note what went wrong beside the tests: it counts as a failure, as the tests that did not run would."""
        self.faults.append(why)
        self.count.failed += 1
        self.say(why)

    def say(self, what: str) -> None:
        """Tell the person, in one line of this board's."""
        err.print(f"{self.row.name}: {what}", markup=False, soft_wrap=True)


def _tested(rig: Rig, outcome: Outcome, env: Env, filters: list[str], turns: Turns) -> None:
    """Flash one env's image, prove it, test it, and prove it again. UserError when it cannot be tested, or is gone afterwards."""
    row = outcome.row
    with turns.flashing:
        if turns.ended.is_set():
            raise UserError("not tested: the run was ended")
        build(env, quiet=True)
        outcome.say(str(flash(env.elf, row.board, port=row.port, probe=row.probe, tool=row.tool)))
    image = build_id(env.elf)
    arguments = [*filters, f"--maxfail={MOST_FAILURES}"]
    count = run_target(env, row.port, arguments, f"{row.name}-{env.name}", rig.timeout_s)
    outcome.count.add(count)
    if count.passed + count.failed == 0:
        why = f" ({len(count.skipped)} skipped)" if count.skipped else ""
        outcome.fail(f"{env.name}: no test was selected, which is a failure{why}")
    elif count.failed:
        outcome.faults.append(f"{env.name}: {count.failed} tests failed")
    check_identity(identify(row.port, row.board), image, row.board, row.port)


def _board(rig: Rig, row: RigBoard, filters: list[str], turns: Turns) -> Outcome:
    outcome = Outcome(row)
    if why := row.absent(usb_ports()):
        outcome.fail(why)
        return outcome
    try:
        with hold(rig.locks, row.key, rig.wait_s, outcome.say, turns.ended):
            for env in row.envs:
                try:
                    _tested(rig, outcome, env, filters, turns)
                except UserError as error:
                    outcome.fail(f"{env.name}: {error}")
    except UserError as error:
        outcome.fail(str(error))
    except Exception as error:  # the others still run
        outcome.fail(f"{type(error).__name__}: {error}")
    return outcome


def run_rig(path: Path, boards: str, filters: list[str]) -> list[Outcome]:
    """Test the boards of the rig at `path` that `boards` names (all without), each with pytest's `filters`."""
    rig = read_rig(path)
    rows = rig.choose(boards)
    turns = Turns()
    with ThreadPoolExecutor(min(len(rows), os.cpu_count() or 1)) as pool:
        try:
            return list(pool.map(lambda row: _board(rig, row, filters, turns), rows))
        except KeyboardInterrupt:
            turns.ended.set()  # what runs has heard of it too, and ends; nothing else is flashed
            pool.shutdown(cancel_futures=True)
            raise
