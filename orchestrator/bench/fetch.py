"""A peer's sources as its package carries them: by pip or from the user's folder, of the pinned content or not at all.

The pin is a requirements file of one line, `name==version --hash=sha256:…`. pip reads a package's facts by running its
set-up code, so the hash is checked by pip before that, and again here before anything is unpacked. A package that lies in
the folder that FIELDMOUSE_DOWNLOADS names (or `.fieldmouse/downloads`) needs no network.
"""

from __future__ import annotations

import hashlib
import re
import subprocess
import sys
import tarfile
import tempfile
from dataclasses import dataclass
from pathlib import Path

from filelock import FileLock

from orchestrator.emulator.rp2040js.install import DOWNLOADS, downloads
from orchestrator.project import WORKSPACE, UserError

HOME = WORKSPACE / "bench"
LIMIT_S = 600
_PIN = re.compile(r"^([\w.-]+)==([\w.]+)\s+--hash=sha256:([0-9a-f]{64})$", re.MULTILINE)


@dataclass(frozen=True)
class Pin:
    """One source package, exactly."""

    file: Path
    name: str
    version: str
    sha256: str

    @property
    def archive(self) -> str:
        """How the package's file is called."""
        return f"{self.name}-{self.version}.tar.gz"


def read_pin(file: Path) -> Pin:
    """The one package that a requirements file pins."""
    found = _PIN.findall(file.read_text(encoding="utf-8").replace("\\\n", ""))
    if len(found) != 1:
        raise UserError(f"{file.name} must pin one package with one SHA-256; it pins {len(found)}")
    return Pin(file, *found[0])


def _pip(pin: Pin, folder: Path) -> str:
    """Lets pip fetch the archive into `folder`; returns the end of what it said when that failed."""
    command = [
        sys.executable,
        "-m",
        "pip",
        "download",
        "--quiet",
        "--no-deps",
        "--no-build-isolation",
        "--retries",
        "1",
    ]
    command += ["--no-binary", pin.name, "--require-hashes", "-r", str(pin.file), "--dest", str(folder)]
    try:
        done = subprocess.run(command, capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=LIMIT_S)
    except (OSError, subprocess.SubprocessError) as error:
        return str(error)
    if done.returncode == 0 and (folder / pin.archive).is_file():
        return ""
    errors = [line for line in done.stderr.splitlines() if line.startswith("ERROR")]
    return " ".join(errors) or done.stderr[-400:].strip() or "it left no package"


def _fetch(pin: Pin, scratch: Path) -> bytes:
    local = downloads() / pin.archive
    if local.is_file():
        return local.read_bytes()
    print(f"bench: fetching the sources of {pin.name} {pin.version} with pip", file=sys.stderr, flush=True)
    said = _pip(pin, scratch)
    if said:
        raise UserError(
            f"the sources of {pin.name} {pin.version} are not here and pip could not bring them ({said}). Without a "
            f"network: get {pin.archive} on another machine with `pip download --no-deps --no-binary {pin.name} "
            f"{pin.name}=={pin.version}` and put it into .fieldmouse/downloads, or into the folder that {DOWNLOADS} names"
        )
    return (scratch / pin.archive).read_bytes()


def place(pin: Pin, home: Path = HOME) -> Path:
    """Where the package's content is, once `bring` has brought it."""
    return home / f"{pin.name}-{pin.version}-{pin.sha256[:12]}"


def bring(pin: Pin, home: Path = HOME) -> Path:
    """The folder with the package's content, unpacked now where it was not. Raises UserError with what to do."""
    target = place(pin, home)
    if target.is_dir():
        return target
    home.mkdir(parents=True, exist_ok=True)
    with FileLock(home / "lock"), tempfile.TemporaryDirectory(dir=home) as scratch:
        if target.is_dir():
            return target
        data = _fetch(pin, Path(scratch))
        found = hashlib.sha256(data).hexdigest()
        if found != pin.sha256:
            raise UserError(
                f"{pin.archive} is not the package that this project knows: its SHA-256 is {found}, "
                f"{pin.file.name} wants {pin.sha256}. Remove it from {downloads()} if it lies there"
            )
        archive = Path(scratch) / pin.archive
        archive.write_bytes(data)
        with tarfile.open(archive) as tar:
            tar.extractall(Path(scratch) / "out", filter="data")
        (Path(scratch) / "out" / f"{pin.name}-{pin.version}").replace(target)
    return target
