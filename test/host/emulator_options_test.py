"""Options that no emulator can mean are refused before anything runs, alike by all that share them."""

from __future__ import annotations

import subprocess
import sys

import pytest

from orchestrator.emulator.options import InjectionError, Injections
from orchestrator.project import ROOT


def test_every_kind_of_fault_is_understood() -> None:
    wanted = Injections()
    wanted.add("drop-rx=1,drop-rx=7,flip-rx=2:7")
    wanted.add("break-rx=3,overrun=4,hang-at=0.5")
    expected = Injections({1, 7}, {2: 7}, {3}, {4}, 0.5)
    assert wanted == expected
    assert wanted.any_bytes()


BAD = [
    "",
    "drop-rx",
    "drop-rx=",
    "drop-rx=0",
    "drop-rx=-1",
    "drop-rx=x",
    "flip-rx=1",
    "flip-rx=1:8",
    "flip-rx=0:1",
    "flip-rx=1:-1",
]
BAD += ["break-rx=0", "overrun=0", "hang-at=-1", "hang-at=nan", "hang-at=inf", "hang-at=", "nonsense=1", "drop-rx=1,"]


@pytest.mark.parametrize("spec", BAD)
def test_what_could_never_come_is_refused(spec: str) -> None:
    with pytest.raises(InjectionError, match="cannot inject"):
        Injections().add(spec)


@pytest.mark.parametrize(("engine", "board"), [("unicorn", "nrf52840"), ("simavr", "atmega328p")])
def test_counts_that_cannot_be_written_are_refused(engine: str, board: str) -> None:
    command = [
        sys.executable,
        "-m",
        f"orchestrator.emulator.{engine}",
        "--board",
        board,
        "--counts=no/such/a.json",
        "x.elf",
    ]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, stdin=subprocess.DEVNULL)
    assert (done.returncode, done.stdout) == (2, "")
    assert "there is no folder no/such" in done.stderr
