"""Compile the project's C for this machine into a shared object, once for each content."""

from __future__ import annotations

import hashlib
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

ROOT = Path(__file__).resolve().parent.parent
WORKSPACE = ROOT / ".fieldmouse"

KEPT = 100  # files of each kind; evaluation makes a shared object for each fold

FLAGS = ("-std=c99", "-O2", "-g", "-fPIC", "-shared", "-Wall", "-Wextra", "-Wconversion", "-Werror")


LIMIT_S = 900.0  # of one compilation; the longest of the tests' takes a few seconds


class ToolchainError(RuntimeError):
    """No usable compiler, or the compiler refused; the message says what to do."""


class SlowCompilerError(ToolchainError):
    """The compiler was stopped because it took too long."""


def zig_environment() -> dict[str, str]:
    """The environment in which zig keeps its caches inside the project."""
    cache = WORKSPACE / "cache" / "zig"
    return {**os.environ, "ZIG_GLOBAL_CACHE_DIR": str(cache / "global"), "ZIG_LOCAL_CACHE_DIR": str(cache / "local")}


def host_compiler() -> list[str]:
    """The command that compiles C for this machine: $CC, cc, gcc, clang, else the zig of the environment."""
    wanted = os.environ.get("CC")
    for name in [wanted] if wanted else ["cc", "gcc", "clang"]:
        path = shutil.which(name)
        if path:
            return [path]
    if wanted:
        raise ToolchainError(f"CC={wanted}: there is no such compiler; unset CC to use what is there")
    try:
        import ziglang  # noqa: F401
    except ImportError:
        raise ToolchainError("no C compiler: run ./inv once, which installs one, or install gcc or clang") from None
    return [sys.executable, "-m", "ziglang", "cc", "-fno-sanitize=undefined"]


def _archiver() -> list[str]:
    """The command that collects what `host_compiler` compiled."""
    path = shutil.which("ar")
    return [path] if path else [sys.executable, "-m", "ziglang", "ar"]


def _headers(include: Sequence[Path]) -> set[Path]:
    return {header for folder in include for header in folder.glob("*.h")}


def _key(command: Sequence[str], files: set[Path]) -> str:
    """A hash of how, and of all that goes in."""
    digest = hashlib.sha256("\0".join(command).encode())
    for path in sorted(files):
        digest.update(f"{path}\0".encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def _run(command: Sequence[str], name: str, folder: Path | None = None) -> None:
    done = subprocess.Popen(
        command,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        env=zig_environment(),
        cwd=folder,
        start_new_session=True,
    )
    try:
        _, said = done.communicate(timeout=LIMIT_S)
    except subprocess.TimeoutExpired:
        os.killpg(done.pid, signal.SIGKILL)  # the compiler proper is a child of it
        done.communicate()
        raise SlowCompilerError(f"{Path(command[0]).name} took more than {LIMIT_S:,.0f} s to compile {name}") from None
    if done.returncode != 0:
        raise ToolchainError(f"{Path(command[0]).name} could not compile {name}:\n{said.strip()}")


def _keep(part: Path, target: Path) -> Path:
    """Puts a finished file in its place, in one step, and drops the oldest of its kind beyond those that are kept."""
    part.replace(target)
    for old in sorted(target.parent.glob(f"*{target.suffix}"), key=_made)[:-KEPT]:
        old.unlink(missing_ok=True)
    return target


def _made(path: Path) -> float:
    """When a file was made; long ago where another process has dropped it meanwhile."""
    try:
        return path.stat().st_mtime
    except FileNotFoundError:
        return 0.0


def archive(sources: Sequence[Path], include: Sequence[Path], name: str = "lib") -> Path:
    """Return a static library of `sources`, which see no generated header: compiled once for many shared objects.

    Raises ToolchainError with the compiler's own words when it refuses.
    """
    command = [*host_compiler(), *FLAGS, *(f"-I{folder}" for folder in include)]
    target = WORKSPACE / "host" / f"{name}-{_key(command, {*sources, *_headers(include)})}.a"
    if target.exists():
        return target
    target.parent.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(dir=target.parent) as scratch:
        _run([*(word for word in command if word != "-shared"), "-c", *map(str, sources)], name, Path(scratch))
        part = Path(scratch) / "part.a"
        _run([*_archiver(), "rcs", str(part), *sorted(map(str, Path(scratch).glob("*.o")))], name)
        return _keep(part, target)


def shared_object(
    sources: Sequence[Path],
    include: Sequence[Path],
    defines: Mapping[str, str] | None = None,
    name: str = "lib",
    system: Sequence[Path] = (),
    archives: Sequence[Path] = (),
) -> Path:
    """Return a shared object of `sources`, compiled only when a source, a header or the command has changed.

    `archives` are static libraries, of which it takes what it calls; `system` are include folders of code that is not
    ours, spared our warnings. Raises ToolchainError with the compiler's own words when it refuses.
    """
    compiler = host_compiler()
    flags = list(FLAGS)
    flags += [f"-D{key}={value}" if value else f"-D{key}" for key, value in (defines or {}).items()]
    flags += [f"-I{folder}" for folder in include]
    flags += [part for folder in system for part in ("-isystem", str(folder))]
    suffix = ".dll" if os.name == "nt" else ".so"
    key = _key([*compiler, *flags, *map(str, archives)], {*sources, *_headers(include)})
    target = WORKSPACE / "host" / f"{name}-{key}{suffix}"
    if target.exists():
        return target
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_suffix(f".{os.getpid()}.part")
    _run([*compiler, *flags, *map(str, sources), *map(str, archives), "-o", str(part)], name)
    return _keep(part, target)
