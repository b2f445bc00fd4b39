"""Runs a flashing tool: bounded in time and by our own life, its output kept, its failure told in words."""

from __future__ import annotations

import os
import re
import shlex
import signal
import subprocess
from collections.abc import Sequence
from pathlib import Path

from orchestrator.emulator.child import dies_with_parent
from orchestrator.flash.errors import FlashError
from orchestrator.flash.tools import CAUSES, Tool

TAIL_LINES = 12  # of what a tool said, in the error


def cause(tool: Tool, said: str) -> str:
    """What to do about a failure, from what the tool said; "" when its output tells nothing known."""
    return next((CAUSES[key] for pattern, key in tool.faults if re.search(pattern, said, re.IGNORECASE)), "")


def _end(process: subprocess.Popen[str]) -> None:
    """The tool and whatever it started."""
    if os.name == "posix":
        os.killpg(process.pid, signal.SIGKILL)
    else:
        process.kill()


def run(tool: Tool, command: Sequence[str], folder: Path, timeout_s: float) -> str:
    """Run `command` in `folder` and return what it said; FlashError when it fails or takes too long."""
    shown = shlex.join(command)
    try:
        process = subprocess.Popen(
            command,
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            start_new_session=os.name == "posix",
            preexec_fn=dies_with_parent(),
        )
    except OSError as error:
        raise FlashError(f"{tool.name} could not be started ({error}): {tool.install}") from None
    try:
        said, _ = process.communicate(timeout=timeout_s)
    except subprocess.TimeoutExpired:
        _end(process)
        said, _ = process.communicate()
        raise FlashError(
            f"{tool.name} did not finish in {timeout_s:g} s and was ended; the board may be half flashed: unplug the probe, "
            f"plug it in and flash again\n  {shown}\n{_tail(said)}"
        ) from None
    except BaseException:
        _end(process)
        raise
    if process.returncode != 0:
        why = cause(tool, said) or "the board may be half flashed: flash it again"
        raise FlashError(f"{tool.name} failed (exit status {process.returncode}): {why}\n  {shown}\n{_tail(said)}")
    return said


def _tail(said: str) -> str:
    return "\n".join(f"  | {line}" for line in said.strip().splitlines()[-TAIL_LINES:])
