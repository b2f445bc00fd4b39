"""The emulator as a command: `python -m orchestrator.emulator.rp2040js firmware.elf`; becomes Node with our runner."""

from __future__ import annotations

import json
import os
import subprocess
import sys

from .install import HERE, ROOT, InstallError, install


def _baud(board: str) -> str:
    """The rate of the line, as the manifest says; the chip's own follows from its clocks and divisors."""
    row = json.loads((ROOT / "boards" / f"{board}.json").read_text(encoding="utf-8"))
    return f"--baud={row['fieldmouse']['defines']['PORT_UART_BAUD']}"


def main(arguments: list[str]) -> int:
    """Brings the engine where it is missing, then is replaced by it; options but --board are those of the runner."""
    if arguments[:1] == ["--board"]:
        arguments = [_baud(arguments[1]), *arguments[2:]]
    try:
        engine = install()
    except InstallError as error:
        print(f"emulator: {error}", file=sys.stderr)
        return 2
    command = [str(engine.node), str(HERE / "runner" / "main.mjs"), f"--rp2040js={engine.package}", *arguments]
    if os.name == "nt":  # no process can become another one there
        return subprocess.run(command).returncode
    os.execv(command[0], command)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
