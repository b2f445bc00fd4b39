"""The emulator as a command: `python -m orchestrator.emulator.unicorn --board nrf52840 firmware.elf`."""

from __future__ import annotations

import argparse
import json
import signal
import sys
from pathlib import Path

from ..options import InjectionError, Injections, counts_file
from ..parts import PartError, part
from .console import Console
from .image import ImageError, load
from .machine import Machine, chips

ROOT = Path(__file__).resolve().parents[3]


def board_row(name: str) -> dict:
    """The `fieldmouse` part of boards/<name>.json."""
    path = ROOT / "boards" / f"{name}.json"
    if not path.exists():
        known = ", ".join(sorted(p.stem for p in path.parent.glob("*.json")))
        raise ImageError(f"no board {name!r}; there are: {known}")
    row = json.loads(path.read_text())["fieldmouse"]
    if row["chip"] not in chips():
        raise ImageError(
            f"board {name!r} has the chip {row['chip']!r}, which is not emulated here; there are: {', '.join(chips())}"
        )
    return row


def main(arguments: list[str] | None = None) -> int:
    """Runs a firmware image until its input ends; returns the exit status."""
    parser = argparse.ArgumentParser(
        prog="orchestrator.emulator.unicorn", description="Emulates a board; its UART is stdin and stdout."
    )
    parser.add_argument("--board", required=True)
    parser.add_argument("firmware", type=Path)
    parser.add_argument(
        "--counts", type=counts_file, help="write figures of the run to this JSON file, while it runs and at its end"
    )
    parser.add_argument("--inject", action="append", default=[], metavar="SPEC", help=Injections.add.__doc__)
    parser.add_argument("--part", action="append", default=[], metavar="SPEC", help=part.__doc__)
    parser.add_argument("--slow", action="store_true", help="count in Python, as where there is no C compiler")
    parser.add_argument(
        "--count", choices=["instructions", "cycles"], default="instructions", help="what the CPU's clock goes by"
    )
    options = parser.parse_args(arguments)
    injections = Injections()
    try:
        for spec in options.inject:
            injections.add(spec)
        row = board_row(options.board)
        machine = Machine(
            row["chip"],
            load(options.firmware),
            Console(injections),
            injections,
            row.get("defines"),
            native=not options.slow,
            cycles=options.count == "cycles",
            parts=[part(spec) for spec in options.part],
        )
    except (ImageError, InjectionError, PartError) as error:
        print(f"emulator: {error}", file=sys.stderr)
        return 2
    machine.counts.path = options.counts

    def stop(*_args: object) -> None:
        machine.stop_requested = True
        machine.counter.context.limit = 0

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    try:
        machine.run()
    except BrokenPipeError:
        machine.counts.write(final=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
