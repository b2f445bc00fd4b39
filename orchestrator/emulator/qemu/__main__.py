"""Runs QEMU and turns its main loop: its STM32 USART takes a byte only when that turns, and never asks for it.

Without a question a millisecond over the control socket, a byte takes half a second.

    python -m orchestrator.emulator.qemu --get      fetches a newer QEMU from the backports of this machine's Debian
    python -m orchestrator.emulator.qemu -M …       runs it, with the serial line where the arguments say
"""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from orchestrator.emulator.child import dies_with_parent

from .install import FOLDER, InstallError, find, install, missing

PUMP_S = 0.001
PATIENCE_S = 10.0


class QemuError(RuntimeError):
    """It cannot be run; the message says what to do."""


def _environment(program: Path) -> dict[str, str]:
    """An unpacked QEMU looks for its parts where it was not installed."""
    if FOLDER not in program.parents:
        return dict(os.environ)
    libraries = [path for path in FOLDER.glob("usr/lib/*") if path.is_dir()]
    modules = next((path / "qemu" for path in libraries if (path / "qemu").is_dir()), FOLDER)
    paths = ":".join(map(str, [*libraries, os.environ.get("LD_LIBRARY_PATH", "")])).strip(":")
    return {**os.environ, "QEMU_MODULE_DIR": str(modules), "LD_LIBRARY_PATH": paths}


def _pump(path: Path, process: subprocess.Popen[bytes]) -> None:
    """Turns QEMU's main loop until QEMU ends."""
    with socket.socket(socket.AF_UNIX) as control:
        deadline = time.monotonic() + PATIENCE_S
        while process.poll() is None:
            try:
                control.connect(str(path))
                break
            except OSError:
                if time.monotonic() > deadline:
                    raise QemuError("QEMU did not open its control socket") from None
                time.sleep(0.01)
        control.sendall(b'{"execute": "qmp_capabilities"}\n')
        while process.poll() is None:
            control.sendall(b'{"execute": "query-status"}\n')
            control.recv(65536)
            time.sleep(PUMP_S)


def run(arguments: list[str]) -> int:
    """Runs QEMU with our standard streams until it ends or we are asked to."""
    program = find()
    if program is None:
        raise QemuError(missing())
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "control"
        command = [str(program), "-display", "none", "-monitor", "none", "-qmp", f"unix:{path},server=on,wait=off"]
        process = subprocess.Popen(
            [*command, *arguments], env=_environment(program), preexec_fn=dies_with_parent(), stderr=sys.stderr
        )
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_args: process.terminate())
        with contextlib.suppress(OSError):
            _pump(path, process)
        return process.wait()


def main() -> int:
    """See the module's own words."""
    try:
        if sys.argv[1:] == ["--get"]:
            print(install())
            return 0
        return run(sys.argv[1:])
    except (QemuError, InstallError) as error:
        print(f"qemu: {error}", file=sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(main())
