"""A plugin for the pytest that a rig starts: does to the board whose port names it what a cable or a person does.

A flash called dies.elf is gone after the first test. RIG_STALLS: the process writes its id into that file, and does nothing more.
"""

from __future__ import annotations

import os
import time
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import pytest

PORT: list[str] = []


def pytest_configure(config: pytest.Config) -> None:
    PORT.append(config.getoption("port", "") or "")
    if place := os.environ.get("RIG_STALLS"):
        partial = Path(f"{place}.part")
        partial.write_text(str(os.getpid()))
        partial.replace(place)
        time.sleep(120)


def pytest_runtest_logfinish() -> None:
    flash = Path(dict(parse_qsl(urlsplit(PORT[0]).query)).get("fw", ""))
    if flash.name == "dies.elf":
        flash.unlink(missing_ok=True)
