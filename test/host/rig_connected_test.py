"""A rig's board that is connected, as far as this machine goes: a pseudo-terminal by id, and a probe whose tool is a stand-in.

Behind the terminal an emulator runs on from test to test, as a board does, and starts anew when the tool writes its flash.
"""

from __future__ import annotations

import os
import select
import sys
import threading
import tty
from collections.abc import Iterator
from pathlib import Path

import pytest
import serial
from flash_support import PORTS
from rig_support import write_rig

from orchestrator import emulator, prebuild, testing
from orchestrator.flash.probes import Port
from orchestrator.project import ROOT

PROBE, BOARD, ENV = "683123456", "nrf52840", "cattle-nrf52840"
# pyOCD as far as it is asked: which probes there are, and to load what lies beside it onto the board of that probe.
PYOCD = """#!{python}
import json, shutil, sys
if sys.argv[1:3] == ["json", "--probes"]:
    print(json.dumps({{"boards": [{{"unique_id": {probe!r}, "vendor_name": "SEGGER", "product_name": "J-Link"}}]}}))
else:
    assert sys.argv[1] == "load" and sys.argv[sys.argv.index("--uid") + 1] == {probe!r} and sys.argv[-1] == "firmware.hex"
    shutil.copy("firmware.elf", {flash!r} + ".part")
    shutil.move({flash!r} + ".part", {flash!r})
"""


class Wired:
    """The board: bytes go between the terminal and the emulator of what `flash` holds."""

    def __init__(self, flash: Path) -> None:
        self._flash = flash
        self._master, self._slave = os.openpty()
        tty.setraw(self._slave)
        self.device = os.ttyname(self._slave)
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._over.set()
        self._thread.join()
        os.close(self._master)
        os.close(self._slave)

    def _run(self) -> None:
        board: serial.SerialBase | None = None
        runs = 0
        while not self._over.is_set():
            holds = self._flash.stat().st_mtime_ns if self._flash.exists() else 0
            if holds != runs:
                if board:
                    board.close()
                board, runs = serial.serial_for_url(f"emu://{BOARD}?fw={self._flash}", timeout=0), holds
            said = select.select([self._master], [], [], 0.002)[0]
            heard = os.read(self._master, 4096) if said else b""
            if board:
                board.write(heard)
                os.write(self._master, board.read(4096))
        if board:
            board.close()


@pytest.fixture
def wired(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Wired]:
    """The board is connected; builds and models are those of the tests of boards."""
    emulator.register()
    monkeypatch.setenv(prebuild.MODELS, str(testing.WORKSPACE / "test" / "models"))
    monkeypatch.setenv("PLATFORMIO_BUILD_DIR", str(ROOT / ".pio" / "test"))
    flash, tools = tmp_path / "flash.elf", tmp_path / "bin"
    tools.mkdir()
    (tools / "pyocd").write_text(PYOCD.format(python=sys.executable, probe=PROBE, flash=str(flash)))
    (tools / "pyocd").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tools}{os.pathsep}{os.environ['PATH']}")
    board = Wired(flash)
    mine = Port(board.device, 0x1366, 0x1015, f"000{PROBE}", "J-Link - CDC")
    for user in ("orchestrator.rig.run", "orchestrator.flash.flashing", "orchestrator.flash.probes"):
        monkeypatch.setattr(f"{user}.usb_ports", lambda: [mine, PORTS["uno"]])
    monkeypatch.setattr("orchestrator.rig.plan.BY_ID", f"{tmp_path}/by-id/")
    (tmp_path / "by-id").mkdir()
    (tmp_path / "by-id" / "usb-dk").symlink_to(board.device)
    try:
        yield board
    finally:
        board.close()


def test_a_connected_board_is_flashed_through_its_probe_and_tested_as_one(wired: Wired, tmp_path: Path) -> None:
    row = f"""[[board]]
name = "dk"
board = "{BOARD}"
serial = "{PROBE}"
port = "{tmp_path}/by-id/usb-dk"
probe = "{PROBE}"
envs = ["{ENV}"]
"""
    only = "test_build_id or test_info or test_a_gap or test_reset_chip or banner or test_counts or test_after_a_break"
    said = testing.test("rig", False, only, str(write_rig(tmp_path, row)))
    assert said["boards"] == {
        "dk": {"board": BOARD, "emulator": "none: hardware", "passed": 4, "failed": 0, "skipped": 0, "faults": []}
    }
    assert [path.name for path in (tmp_path / "locks").iterdir()] == [f"{BOARD}-{PROBE}.lock"]
