"""Build firmware through PlatformIO."""

from __future__ import annotations

import os
import subprocess
import sys

from filelock import FileLock

from orchestrator.project import ROOT, WORKSPACE, Env, UserError


def pio(*arguments: str, quiet: bool = False) -> None:
    """Run PlatformIO in the project; UserError when it fails, with its output when `quiet` held that back."""
    command = [sys.executable, "-m", "platformio", *arguments]
    settings = {"PLATFORMIO_SETTING_ENABLE_TELEMETRY": "no", "PLATFORMIO_SETTING_CHECK_PLATFORMIO_INTERVAL": "36500"}
    WORKSPACE.mkdir(exist_ok=True)
    with FileLock(WORKSPACE / "build.lock"):  # two builds of one env would spoil each other
        done = subprocess.run(
            command, cwd=ROOT, env={**os.environ, **settings}, text=True, capture_output=quiet, stdin=subprocess.DEVNULL
        )
    if done.returncode != 0:
        said = f":\n{done.stdout}{done.stderr}" if quiet else "; its message is above"
        raise UserError(f"`pio {' '.join(arguments)}` failed{said}")


def build(env: Env, quiet: bool = False) -> None:
    """Build one env."""
    pio("run", "-e", env.name, quiet=quiet)


def compile_commands(env: Env) -> None:
    """Write compile_commands.json for editors."""
    pio("run", "-e", env.name, "-t", "compiledb")
