"""Compile the project's C for this machine into a shared object, once for each content."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
WORKSPACE = ROOT / ".fieldmouse"

KEPT = 100  # shared objects; evaluation makes one for each fold

FLAGS = ("-std=c99", "-O2", "-g", "-fPIC", "-shared", "-Wall", "-Wextra", "-Wconversion", "-Werror")


class ToolchainError(RuntimeError):
    """No usable compiler, or the compiler refused; the message says what to do."""


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


def shared_object(
    sources: Sequence[Path],
    include: Sequence[Path],
    defines: Mapping[str, str] | None = None,
    name: str = "lib",
    system: Sequence[Path] = (),
) -> Path:
    """Return a shared object of `sources`, compiled only when a source, a header or the command has changed.

    `system` are include folders of code that is not ours, spared our warnings. Raises ToolchainError with the
    compiler's own words when it refuses.
    """
    compiler = host_compiler()
    flags = list(FLAGS)
    flags += [f"-D{key}={value}" if value else f"-D{key}" for key, value in (defines or {}).items()]
    flags += [f"-I{folder}" for folder in include]
    flags += [part for folder in system for part in ("-isystem", str(folder))]
    digest = hashlib.sha256("\0".join([*compiler, *flags]).encode())
    for path in sorted({*sources, *(h for folder in include for h in folder.glob("*.h"))}):
        digest.update(f"{path}\0".encode())
        digest.update(path.read_bytes())
    suffix = ".dll" if os.name == "nt" else ".so"
    target = WORKSPACE / "host" / f"{name}-{digest.hexdigest()[:16]}{suffix}"
    if target.exists():
        return target
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_suffix(f".{os.getpid()}.part")
    command = [*compiler, *flags, *map(str, sources), "-o", str(part)]
    done = subprocess.run(command, capture_output=True, text=True, env=zig_environment())
    if done.returncode != 0:
        raise ToolchainError(f"{Path(compiler[0]).name} could not compile {name}:\n{done.stderr.strip()}")
    part.replace(target)
    for old in sorted(target.parent.glob(f"*{suffix}"), key=lambda path: path.stat().st_mtime)[:-KEPT]:
        old.unlink(missing_ok=True)
    return target
