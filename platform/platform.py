"""Our PlatformIO development platform: offline by construction.

PlatformIO Core asks its registry for whatever a platform lists and it does not have, and each such question costs a
minute without a network. So nothing is listed here but SCons, and that one is handed over from where it is importable.
"""

from __future__ import annotations

import importlib.util
import json
import os
import sys
from pathlib import Path
from typing import Any

import click
from platformio import app
from platformio.dependencies import get_core_dependencies
from platformio.exception import UserSideException
from platformio.platform.base import PlatformBase

# What a person who types plain `pio run` would otherwise get: a report to the makers on each command, and a weekly
# look for a newer Core, which costs up to 46 s on a dead network.
QUIET_SETTINGS = {"enable_telemetry": False, "check_platformio_interval": 36500, "check_prune_system_threshold": 0}

SCONS_WRAPPER = """\
import sys

sys.path.append({site!r})
import SCons.Script.Main

SCons.Script.Main.main()
"""


class FieldmouseSetupError(UserSideException):
    """Something that the person at the keyboard can mend; Core prints it without a trace."""

    MESSAGE = "{0}"


def _keep_quiet() -> None:
    """Turns the network habits off for this process and, in the project's own core_dir, for the next ones."""
    for name, value in QUIET_SETTINGS.items():
        os.environ.setdefault(f"PLATFORMIO_SETTING_{name.upper()}", str(value))
    chosen = app.get_state_item("settings", {})
    for name, value in QUIET_SETTINGS.items():
        if name not in chosen:
            app.set_setting(name, value)
    # The very first command queued one report before this file was read.
    telemetry = sys.modules.get("platformio.telemetry")
    queued = getattr(telemetry and telemetry.TelemetryLogger(), "_events", None)
    if queued is not None:
        queued.clear()


def _write_if_changed(path: Path, text: str) -> None:
    if not path.is_file() or path.read_text(encoding="utf-8") != text:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


def _find_scons(project: Path) -> Path | None:
    """The folder from which `import SCons` works: this Python's, else that of the project's .venv."""
    spec = importlib.util.find_spec("SCons")
    if spec is not None and spec.submodule_search_locations:
        return Path(next(iter(spec.submodule_search_locations))).parent
    places = [*project.glob(".venv/lib/python3*/site-packages"), project / ".venv" / "Lib" / "site-packages"]
    return next((p for p in places if (p / "SCons" / "__init__.py").is_file()), None)


class FieldmousePlatform(PlatformBase):
    """A board is a row of `boards/`; its chip is a folder of `lib/port/`."""

    def configure_default_packages(self, options: dict[str, Any], targets: list[str]) -> None:
        """What Core calls before it asks for any package."""
        self._check_board(options.get("board"))
        self._hand_over_scons()
        super().configure_default_packages(options, targets)

    def is_embedded(self) -> bool:
        """False for the host, so that `pio test` may run the program."""
        board = self.config.get(f"env:{self.project_env}", "board", None) if self.project_env else None
        return board != "host"

    @staticmethod
    def _echo_missed_dependency(filename: str) -> None:
        """Core's own answer to a header that is not found is to recommend its registry."""
        click.echo(
            f"\n* {filename}: no declared library has it. A library names what it includes under `dependencies` of its "
            "library.json,\n* an app under `lib_deps` of its app.ini.\n",
            err=True,
        )

    def _check_board(self, board: str | None) -> None:
        known = sorted(name for name, config in self.get_boards().items() if "fieldmouse" in config)
        if board not in known:
            raise FieldmouseSetupError(f"Unknown board {board!r}. Known boards: {', '.join(known)}")

    def _hand_over_scons(self) -> None:
        version = get_core_dependencies()["tool-scons"].lstrip("~^=<> ")
        site = _find_scons(Path.cwd())
        if site is None:
            if self.pm.get_package(f"platformio/tool-scons@~{version}"):
                return
            raise FieldmouseSetupError("SCons is missing: run ./inv once, which installs it into .venv")
        folder = Path(self.config.get("platformio", "core_dir")) / "fieldmouse" / "tool-scons"
        manifest = {"name": "tool-scons", "version": version, "description": "SCons as installed for Python"}
        _write_if_changed(folder / "package.json", json.dumps(manifest, indent=2) + "\n")
        _write_if_changed(folder / "scons.py", SCONS_WRAPPER.format(site=str(site)))
        self.packages["tool-scons"] = {
            "type": "tool",
            "optional": False,
            "owner": "platformio",
            "version": f"symlink://{folder}",
        }


_keep_quiet()
