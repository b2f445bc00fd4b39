"""A plugin for the pytest that a rig starts: does to the board whose port names it what a cable or a person does.

RIG_DIES: after the first test the board's flash is gone. RIG_STALE: after the first test its flash holds another
image. RIG_STALLS: the process writes its id into that file, and does nothing more.
"""

from __future__ import annotations

import os
import shutil
import time
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import pytest


def pytest_configure(config: pytest.Config) -> None:
    if place := os.environ.get("RIG_STALLS"):
        partial = Path(f"{place}.part")
        partial.write_text(str(os.getpid()))
        partial.replace(place)
        time.sleep(120)


@pytest.hookimpl(trylast=True)
def pytest_runtest_logfinish(nodeid: str, location: tuple) -> None:
    flash = Path(dict(parse_qsl(urlsplit(PORT[0]).query))["fw"]) if PORT else Path()
    if flash.name == "dies.elf":
        flash.unlink(missing_ok=True)
    if flash.name == "stale.elf":
        partial = flash.with_suffix(".part")
        shutil.copy(os.environ["RIG_STALE"], partial)
        partial.replace(flash)


PORT: list[str] = []


def pytest_collection_finish(session: pytest.Session) -> None:
    PORT.append(session.config.getoption("port") or "")
