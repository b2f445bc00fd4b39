"""QEMU as an emulator of a board: a machine that Debian's own release is too old for, and whose UART must be pumped.

QEMU's STM32 USART takes a byte only when the main loop of QEMU turns, and never asks for that; so the loop is turned from
here, by a question a millisecond over QEMU's control socket. Without it a byte takes half a second.

    python -m orchestrator.emulator.qemu --get      fetches a newer QEMU from the backports of this machine's Debian
    python -m orchestrator.emulator.qemu -M …       runs it, with the serial line where the arguments say
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from .child import _dies_with_parent
from .launch import ROOT

PROGRAM = "qemu-system-arm"
NEEDED = 9  # the first with the machines of the STM32L4
FOLDER = ROOT / ".fieldmouse" / "qemu"
KEYS = Path("/usr/share/keyrings/debian-archive-keyring.gpg")
PUMP_S = 0.001
PATIENCE_S = 10.0


class QemuError(RuntimeError):
    """It cannot be had or run; the message says what to do."""


def _version(program: Path) -> int:
    try:
        said = subprocess.run([program, "--version"], capture_output=True, text=True, check=False).stdout
    except OSError:
        return 0
    found = re.search(r"version (\d+)\.", said)
    return int(found.group(1)) if found else 0


def find() -> Path | None:
    """A QEMU that is new enough: on PATH, else as fetched."""
    places = [Path(found) for found in (shutil.which(PROGRAM),) if found]
    places.append(FOLDER / "usr" / "bin" / PROGRAM)
    return next((place for place in places if _version(place) >= NEEDED), None)


def missing() -> str:
    """Why it cannot run, and what to do about that; empty when it can."""
    if find() is not None:
        return ""
    return (
        f"{PROGRAM} {NEEDED} or newer is not here: install it, or, on Debian 12, "
        "`python -m orchestrator.emulator.qemu --get` takes it from the backports into .fieldmouse/qemu"
    )


def _apt(scratch: Path, *arguments: str) -> str:
    """apt with sources and lists of its own, so that nothing of the machine changes."""
    own = {
        "Dir::Etc::SourceList": scratch / "sources.list", "Dir::Etc::SourceParts": scratch / "none",
        "Dir::State::Lists": scratch / "lists", "Dir::Cache::Archives": scratch / "archives",
        "Dir::Cache::pkgcache": "", "Dir::Cache::srcpkgcache": "", "Debug::NoLocking": "1",
    }  # fmt: skip
    command = ["apt-get", *(f"-o{key}={value}" for key, value in own.items()), *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise QemuError(f"{' '.join(('apt-get', *arguments))} failed: {done.stderr.strip()[-500:]}")
    return done.stdout


def _sources() -> tuple[str, str]:
    """The machine's own source of Debian packages with its backports, as lines for apt, and the backports' name."""
    known = "$(CREATED_BY)|$(COMPONENT)|$(CODENAME)|$(SITE)"
    rows = subprocess.run(["apt-get", "indextargets", "--format", known], capture_output=True, text=True, check=True)
    signed = f"[signed-by={KEYS}] " if KEYS.is_file() else ""
    for row in rows.stdout.splitlines():
        kind, component, codename, site = row.split("|")
        if (kind, component) == ("Packages", "main") and codename.isalpha():
            name = f"{codename}-backports"
            return "".join(f"deb {signed}{site} {suite} main\n" for suite in (codename, name)), name
    raise QemuError("apt knows no source of Debian packages here")


def get() -> Path:
    """Fetches QEMU with what it needs and this machine lacks, and unpacks it beside the project; installs nothing."""
    if shutil.which("apt-get") is None or shutil.which("dpkg-deb") is None:
        raise QemuError("this is no Debian: install QEMU 9 or newer as this system does it")
    with tempfile.TemporaryDirectory() as folder:
        scratch = Path(folder)
        for name in ("none", "lists/partial", "archives/partial"):
            (scratch / name).mkdir(parents=True)
        sources, backports = _sources()
        (scratch / "sources.list").write_text(sources)
        _apt(scratch, "update")
        _apt(scratch, "install", "-y", "--no-install-recommends", "--download-only", "-t", backports, PROGRAM)
        shutil.rmtree(FOLDER, ignore_errors=True)
        FOLDER.mkdir(parents=True)
        for package in sorted((scratch / "archives").glob("*.deb")):
            subprocess.run(["dpkg-deb", "-x", package, FOLDER], check=True)
    found = find()
    if found is None:
        raise QemuError(f"what was fetched is no {PROGRAM} {NEEDED} or newer that runs here")
    return found


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
            [*command, *arguments], env=_environment(program), preexec_fn=_dies_with_parent(), stderr=sys.stderr
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
            print(get())
            return 0
        return run(sys.argv[1:])
    except QemuError as error:
        print(f"qemu: {error}", file=sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(main())
