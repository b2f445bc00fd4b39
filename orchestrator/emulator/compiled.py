"""The emulators' own C, compiled for this machine when it is first needed, and kept by what it was made from."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
CACHE = ROOT / ".fieldmouse" / "cache"


class NotCompiledError(Exception):
    """No compiler could make it; the message is what the last one said, empty where there is none."""


def compilers() -> list[list[str]]:
    """The C compilers for this machine, the preferred one first."""
    found = [[path] for name in ("cc", "gcc", "clang") if (path := shutil.which(name))]
    if find_spec("ziglang"):
        found.append([sys.executable, "-m", "ziglang", "cc", "-fno-sanitize=undefined"])
    return found


def compiled(name: str, sources: Sequence[Path], flags: Sequence[str], headers: Sequence[Path] = ()) -> Path:
    """The program or library `name`, from the cache when it is there. Libraries to link are among the flags."""
    key = hashlib.sha256("\0".join([*flags, sys.platform, os.uname().machine]).encode())
    for path in (*sources, *headers):
        key.update(path.read_bytes())
    target = CACHE / f"{Path(name).stem}-{key.hexdigest()[:16]}{Path(name).suffix}"
    if target.exists():
        return target
    zig = CACHE / "zig"
    environment = {"ZIG_GLOBAL_CACHE_DIR": str(zig), "ZIG_LOCAL_CACHE_DIR": str(zig), **os.environ}
    said = ""
    for compiler in compilers():
        try:
            zig.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryDirectory(dir=CACHE) as scratch:
                built = Path(scratch) / name
                command = [*compiler, "-O2", "-o", str(built), *map(str, sources), *flags]
                done = subprocess.run(command, capture_output=True, text=True, env=environment, timeout=120)
                if done.returncode == 0:
                    built.replace(target)
                    return target
                said = done.stderr
        except (OSError, subprocess.SubprocessError) as error:
            said = str(error)
    raise NotCompiledError(said)
