"""Options and fixtures that every test shares."""

from __future__ import annotations

import os

import pytest

from orchestrator import emulator
from orchestrator.project import Env, envs

emulator.register()  # so that `--port emu://…` opens like any other port


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--env", default="", help="the PlatformIO env whose image the board behind --port runs")


@pytest.fixture(scope="session")
def long() -> bool:
    """Whether the long form of a test was asked for: inv test --long."""
    return os.environ.get("FIELDMOUSE_LONG") == "1"


@pytest.fixture(scope="session")
def env(request: pytest.FixtureRequest) -> Env:
    """The env under test."""
    wanted = request.config.getoption("--env")
    for row in envs():
        if row.name == wanted:
            return row
    raise pytest.UsageError(f"--env {wanted!r} is none of {', '.join(row.name for row in envs())}")
