"""One line of `inv doctor`."""

from __future__ import annotations

import re
import subprocess
from dataclasses import dataclass

from orchestrator.flash.programs import find

REINSTALL = "rm -f .venv/requirements.sha256 && ./inv --list"
VERSION_TIMEOUT_S = 20


@dataclass(frozen=True)
class Check:
    """What was looked at. `fix` is the command that mends it, empty when it is well; `needed` marks what `./inv demo` needs."""

    group: str
    name: str
    ok: bool
    found: str
    fix: str = ""
    needed: bool = False


def version(program: str, *flags: str) -> str:
    """What a program says of its version: the first number with a dot, "" when it does not run."""
    try:
        done = subprocess.run(
            [program, *(flags or ("--version",))],
            capture_output=True,
            text=True,
            errors="replace",
            timeout=VERSION_TIMEOUT_S,
            stdin=subprocess.DEVNULL,
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    number = re.search(r"\d+(\.\d+)+", done.stdout + done.stderr)
    return number.group() if number else ""


def program(group: str, name: str, fix: str, *flags: str, names: tuple[str, ...] = (), needed: bool = False) -> Check:
    """Whether a program is here, and which version."""
    place = find(*(names or (name,)))
    if place is None:
        return Check(group, name, False, "not installed", fix, needed)
    said = version(place, *flags)
    return Check(group, name, True, " ".join(filter(None, (said, place))), "", needed)
