"""Faults that only an emulator can cause: bytes lost and damaged on the wire, and a main loop that hangs.

They are injected into the emulated hardware, never by a command of the firmware. On a real port there is nothing to inject
with, so these are not collected there.
"""

from __future__ import annotations

import json
import time
from pathlib import Path
from urllib.parse import quote

import numpy as np
import pytest

from fieldmouse.app import App
from fieldmouse.recording import Recording
from orchestrator.link import Node
from orchestrator.project import Env, board_facts

pytestmark = pytest.mark.injects

HANG_MS = 500
WIRE_FAULTS = ["drop-rx=3000", "flip-rx=2500:4", "flip-rx=2501:0", "break-rx=4000", "overrun=5000"]


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "wire_fault" in metafunc.fixturenames:
        metafunc.parametrize("wire_fault", WIRE_FAULTS)


@pytest.fixture
def noise(host_app: App) -> Recording:
    stream = host_app.streams[0]
    frames = np.random.default_rng(5).integers(-900, 900, (30 * stream.rate_hz, stream.channels)).astype(np.int16)
    return Recording("noise", {}, {0: stream.rate_hz}, {0: frames})


def test_nothing_is_lost_or_doubled(port: str, host_app: App, noise: Recording, wire_fault: str) -> None:
    with Node(f"{port}&inject={wire_fault}") as node:
        assert node.feed(noise) == host_app.run(noise).reports
        stats = node.stats()
    assert stats["errors"] + stats["uart"] > 0, "the fault was not injected"


def test_a_hung_main_loop_is_reset_and_says_so(port: str, env: Env, tmp_path: Path) -> None:
    """Within twice the watchdog's period of the chip's own time, whatever the emulator's speed."""
    period_s = board_facts(env.board)["fieldmouse"]["defines"]["PORT_WATCHDOG_MS"] / 1000
    counts = tmp_path / "counts.json"
    with Node(f"{port}&inject=hang-at={HANG_MS}&counts={quote(str(counts))}") as node:
        assert node.wait("boot")["reset"] == "power"
        assert node.wait("boot", timeout_s=60)["reset"] == "watchdog"
        begun = time.monotonic()
        node.info()
    idle_s = time.monotonic() - begun  # an idle board's time goes as it does outside
    said = json.loads(counts.read_text())
    assert said["resets"] == {"power": 1, "watchdog": 1}
    assert period_s / 2 < said["virtual_s"] - HANG_MS / 1000 - idle_s < 2 * period_s


def test_after_a_break_every_command_is_heard(port: str) -> None:
    """A byte without its stop bit is counted and not stored: a driver that trusts the count is off by one for good."""
    with Node(f"{port}&inject=break-rx=1") as node:
        node.wait("boot")
        node.send_raw(b"x\n")
        for _ in range(20):
            assert node.stats()["errors"] <= 1
        assert node.stats()["uart"] >= 1
