"""The emulator as a command: `python -m orchestrator.emulator.simavr --board atmega328p firmware.elf`.

This checks what it was asked for, compiles the C program beside it once, and becomes that program.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from pathlib import Path

from elftools.common.exceptions import ELFError
from elftools.elf.elffile import ELFFile

from orchestrator.emulator.compiled import NotCompiledError, compiled, compilers
from orchestrator.emulator.options import InjectionError, Injections, counts_file

HERE = Path(__file__).parent
ROOT = HERE.parents[2]
SOURCES = sorted(HERE.glob("*.c"))
HEADERS = sorted(HERE.glob("*.h"))
STACK = ("__stack_limit", "__stack_top")
DATA_SPACE = 0x800000  # where the linker puts data addresses


class StartError(Exception):
    """The emulator cannot start; the message says why."""


def host() -> Path:
    """The C program, compiled."""
    try:
        return compiled("simavr-host", SOURCES, ["-std=gnu11", "-Wall", "-Wextra", "-lsimavr"], HEADERS)
    except NotCompiledError as error:
        if not compilers():
            raise StartError("no C compiler is here to build the emulator: install gcc") from None
        if "simavr" in str(error):
            raise StartError(
                "simavr's library is not here: install libsimavr-dev (apt install --no-install-recommends …)"
            ) from None
        raise StartError(f"the emulator could not be compiled:\n{error}") from None


def stack(image: Path) -> list[str]:
    """Where the stack of an image for an AVR lies, in its data space."""
    try:
        with image.open("rb") as file:
            elf = ELFFile(file)
            if elf["e_machine"] != "EM_AVR":
                raise StartError(f"{image} is no image for an AVR")
            table = elf.get_section_by_name(".symtab")
            symbols = {symbol.name: symbol["st_value"] for symbol in table.iter_symbols()} if table else {}
    except (OSError, ELFError) as error:
        raise StartError(f"{image} is no image for an AVR: {error}") from None
    return [str(symbols.get(name, DATA_SPACE) - DATA_SPACE) for name in STACK]


def faults(specs: list[str]) -> list[str]:
    """The faults to inject as the C program takes them."""
    wanted = Injections()
    for spec in specs:
        wanted.add(spec)
    options = [f"--drop-rx={n}" for n in sorted(wanted.drop)]
    options += [f"--flip-rx={n}:{bit}" for n, bit in sorted(wanted.flip.items())]
    options += [f"--break-rx={n}" for n in sorted(wanted.line_break)]
    options += [f"--overrun={n}" for n in sorted(wanted.overrun)]
    return options + ([] if wanted.hang_at_ms is None else [f"--hang-at={wanted.hang_at_ms}"])


def main() -> int:
    """Becomes the C program; returns only when it cannot start."""
    parser = argparse.ArgumentParser(
        prog="orchestrator.emulator.simavr", description="Emulates a board; its UART is stdin and stdout."
    )
    parser.add_argument("--board", required=True)
    parser.add_argument("firmware", type=Path)
    parser.add_argument(
        "--counts", type=counts_file, help="write figures of the run to this JSON file, while it runs and at its end"
    )
    parser.add_argument(
        "--count", choices=["cycles"], default="cycles", help="what the CPU's counters advance by; simavr counts cycles"
    )
    parser.add_argument("--inject", action="append", default=[], metavar="SPEC", help=Injections.add.__doc__)
    parser.add_argument(
        "--uart", choices=["ours", "simavr"], default="ours", help="whose model of USART0 (simavr's cannot be overrun)"
    )
    parser.add_argument("--pin-reset-at", type=float, metavar="MS", help="pull the reset pin at this virtual time")
    parser.add_argument(
        "--boot", metavar="ADDRESS:ELF", help="load this beside the image, and start there after each reset"
    )
    options = parser.parse_args()
    try:
        row = json.loads((ROOT / "boards" / f"{options.board}.json").read_text(encoding="utf-8"))
        command = [str(host()), row["build"]["mcu"], str(row["fieldmouse"]["defines"]["PORT_CPU_HZ"])]
        command += [*stack(options.firmware), str(options.firmware), *faults(options.inject)]
    except (StartError, InjectionError, OSError) as error:
        print(f"emulator: {error}", file=sys.stderr)
        return 2
    if options.counts is not None:
        command.append(f"--counts={options.counts}")
    if options.pin_reset_at is not None:
        command.append(f"--pin-reset-at={options.pin_reset_at}")
    if options.uart == "simavr":
        command.append("--own-uart")
    if options.boot is not None:
        command.append(f"--boot={options.boot}")
    sys.stdout.flush()
    os.execv(command[0], command)


if __name__ == "__main__":
    sys.exit(main())
