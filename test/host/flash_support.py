"""Fake flashing tools on PATH, and what the tests of flashing share."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from orchestrator.flash.probes import Port, Probe

# Records how it was called, and does as FAKE_<NAME> says: a status, and what it prints.
FAKE = """#!{python}
import json, os, sys, time
name = os.path.basename(sys.argv[0])
told = json.loads(os.environ.get("FAKE_" + name.upper(), "{{}}"))
if sys.argv[1:3] == ["json", "--probes"]:
    print(json.dumps({{"boards": told.get("probes", [])}}))
    sys.exit(0)
commands = open("flash.jlink").read() if os.path.exists("flash.jlink") else ""
with open({log!r}, "a") as log:
    log.write(json.dumps([name, sys.argv[1:], os.getcwd(), commands]) + "\\n")
print(told.get("says", ""), flush=True)
time.sleep(told.get("sleeps", 0))
sys.exit(told.get("status", 0))
"""
TOOLS = ("pyocd", "JLinkExe", "nrfjprog", "openocd", "avrdude")

PROBES = {
    "jlink": Probe("683123456", "jlink", "J-Link OB", pyocd=True),
    "stlink": Probe("0670FF515455777867", "stlink", "STM32 STLink", pyocd=True),
    "cmsis-dap": Probe("E6614103E7452D2F", "cmsis-dap", "Debug Probe", pyocd=True),
}
PORTS = {
    "jlink": Port("/dev/ttyACM0", 0x1366, 0x1015, "000683123456", "J-Link - CDC"),
    "stlink": Port("/dev/ttyACM1", 0x0483, 0x374B, "0670FF515455777867", "STM32 STLink"),
    "cmsis-dap": Port("/dev/ttyACM2", 0x2E8A, 0x000C, "E6614103E7452D2F", "Debug Probe"),
    "uno": Port("/dev/ttyACM3", 0x2341, 0x0043, "75830303934351D0B0A1", "Arduino Uno"),
}


class Tools:
    """A folder of fake tools, the only ones that can be found."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.folder, self._patch, self._log = folder, monkeypatch, folder / "log"
        folder.mkdir()
        monkeypatch.setattr("orchestrator.flash.programs.sys", type("Sys", (), {"executable": str(folder / "python")}))
        monkeypatch.setenv("PATH", str(folder))

    def install(self, *names: str) -> None:
        """Put fakes of these on PATH."""
        for name in names:
            path = self.folder / name
            path.write_text(FAKE.format(python=sys.executable, log=str(self._log)))
            path.chmod(0o755)

    def tell(self, name: str, **what: object) -> None:
        """What a fake does: says, status, sleeps; for pyocd its probes."""
        self._patch.setenv(f"FAKE_{name.upper()}", json.dumps(what))

    def calls(self) -> list[list]:
        """[name, arguments, folder, command file] of each call."""
        return [json.loads(line) for line in self._log.read_text().splitlines()] if self._log.exists() else []


def connect(monkeypatch: pytest.MonkeyPatch, *kinds: str) -> None:
    """Plug in the probes of these kinds with their serial ports; `uno` is a board with a port and no probe."""
    ports = [PORTS[kind] for kind in kinds]
    monkeypatch.setattr("orchestrator.flash.flashing.usb_ports", lambda: ports)
    monkeypatch.setattr("orchestrator.flash.flashing.find_probes", lambda: [PROBES[k] for k in kinds if k in PROBES])
    monkeypatch.setattr("orchestrator.flash.uf2.mounted", list)


def answering(board: str, build: str) -> Callable[..., dict]:
    """Stands for `identify`: a board that says this."""
    return lambda *_arguments, **_options: {"ev": "boot", "board": board, "build": build, "app": "x", "model": "y"}
