"""`inv doctor`: each line is well or comes with what mends it, and the status is about what the demo needs."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from importlib.metadata import PackageNotFoundError
from pathlib import Path

import pytest
from flash_support import PORTS, PROBES, Tools

from orchestrator.doctor import doctor, hardware, report, software
from orchestrator.doctor.check import REINSTALL, Check
from orchestrator.flash.probes import USB_IDS, Port
from orchestrator.project import ROOT


def test_the_document_is_as_documented_and_the_status_says_the_same() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "invoke", "doctor", "--json"], cwd=ROOT, capture_output=True, text=True, timeout=120
    )
    said = json.loads(done.stdout)
    assert set(said) == {"ok", "checks"}
    assert done.returncode == (0 if said["ok"] else 1)
    for row in said["checks"]:
        assert set(row) == {"group", "name", "ok", "found", "fix", "needed"}
        assert bool(row["fix"]) != row["ok"], row
    assert {"project", "packages", "toolchains", "emulators", "flashing", "connected"} <= {
        row["group"] for row in said["checks"]
    }


def rows(*sections) -> dict[str, Check]:
    return {check.name: check for section in sections for check in section()}


def alone(monkeypatch: pytest.MonkeyPatch, *checks: Check) -> None:
    monkeypatch.setattr(report, "SECTIONS", (lambda: checks,))


def test_only_what_the_demo_needs_fails(monkeypatch, capsys) -> None:
    well, absent = Check("a", "x", True, "1.0"), Check("a", "y", False, "not installed", "apt install y")
    alone(monkeypatch, well, absent)
    assert doctor()["ok"]
    alone(monkeypatch, well, absent, Check("a", "z", False, "not installed", "apt install [z]", needed=True))
    assert not doctor()["ok"]
    said = capsys.readouterr().out
    assert "`./inv demo` has all that it needs." in said
    assert "z, not installed:\n    apt install [z]" in said
    assert "lacks: z" in said


def test_a_check_that_breaks_is_a_line_like_any_other(monkeypatch) -> None:
    def broken() -> list[Check]:
        raise OSError("no such thing")

    monkeypatch.setattr(report, "SECTIONS", (broken, lambda: [Check("a", "x", True, "1.0")]))
    said = doctor(show=False)
    assert [row["ok"] for row in said["checks"]] == [False, True]
    assert "no such thing" in said["checks"][0]["found"]


def test_zig_is_needed_where_a_compiler_is_missing(tmp_path, monkeypatch) -> None:
    tools = Tools(tmp_path / "bin", monkeypatch)
    monkeypatch.setattr(software, "find_spec", lambda _name: None)
    found = rows(software.toolchains)
    assert (found["zig"].needed, found["zig"].ok, found["zig"].fix) == (True, False, REINSTALL)
    assert found["cc"].fix == "sudo apt-get install --no-install-recommends gcc"
    tools.install("cc", "arm-none-eabi-gcc")
    tools.tell("arm-none-eabi-gcc", says="/lib/libc.a")
    monkeypatch.setenv("FAKE_ARM-NONE-EABI-GCC", json.dumps({"says": "/lib/12.2/libc.a"}))
    assert not rows(software.toolchains)["zig"].needed
    monkeypatch.setenv("FAKE_ARM-NONE-EABI-GCC", json.dumps({"says": "libc.a"}))
    found = rows(software.toolchains)
    assert found["arm-none-eabi-gcc"].found == "without its C library"
    assert "libnewlib-arm-none-eabi" in found["arm-none-eabi-gcc"].fix
    assert found["zig"].needed


def test_a_package_that_is_missing_is_brought_back_by_inv(monkeypatch) -> None:
    def nothing(_name: str) -> str:
        raise PackageNotFoundError

    monkeypatch.setattr(software, "installed", nothing)
    found = {check.name: check for check in software.project() if check.group == "packages"}
    assert all(check.fix == REINSTALL for check in found.values())
    assert {name for name, check in found.items() if check.needed} == software.DEMO_PACKAGES


def test_tools_are_asked_for_their_version(tmp_path, monkeypatch) -> None:
    tools = Tools(tmp_path / "bin", monkeypatch)
    assert not any(check.ok for check in software.flashers())
    tools.install("openocd")
    tools.tell("openocd", says="Open On-Chip Debugger 0.12.0")
    found = rows(software.flashers)
    assert found["openocd"].found == f"0.12.0 {tools.folder}/openocd"
    assert found["avrdude"].fix == "sudo apt-get install avrdude"


def usb(folder: Path, name: str, vid: int, pid: int, bus: int, number: int) -> None:
    device = folder / name
    device.mkdir(parents=True)
    for key, value in (("idVendor", f"{vid:04x}"), ("idProduct", f"{pid:04x}"), ("busnum", bus), ("devnum", number)):
        (device / key).write_text(f"{value}\n")
    (device / "product").write_text("A probe\n")


def test_probes_are_found_on_usb_and_those_that_are_closed_get_the_command(tmp_path, monkeypatch) -> None:
    usb(tmp_path, "1-1", 0x1366, 0x1015, 1, 12)
    usb(tmp_path, "1-2", 0x0483, 0x374B, 1, 13)
    usb(tmp_path, "1-3", 0x0483, 0x5740, 1, 14)  # nobody's probe
    usb(tmp_path, "1-4", 0x2341, 0x0043, 2, 3)
    (tmp_path / "1-0:1.0").mkdir()
    nodes = tmp_path / "nodes"
    monkeypatch.setattr(hardware, "NODES", nodes)
    found = hardware.devices(tmp_path)
    assert [(d.vid, d.pid, str(d.node.relative_to(nodes))) for d in found] == [
        (0x1366, 0x1015, "001/012"),
        (0x0483, 0x374B, "001/013"),
        (0x2341, 0x0043, "002/003"),
    ]
    (nodes / "001").mkdir(parents=True)
    (nodes / "001" / "012").touch()
    checks = {check.name: check for check in hardware.permissions(found, linux=True)}
    assert checks["1366:1015"].ok
    assert not checks["0483:374b"].ok
    assert "udevadm trigger" in checks["0483:374b"].fix
    assert hardware.permissions(found, linux=False) == []


def test_the_rules_are_compared_with_those_that_are_installed(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(hardware, "INSTALLED", tmp_path / "70-fieldmouse.rules")
    for content, ok in ((None, False), (b"old", False), (hardware.RULES.read_bytes(), True)):
        if content is not None:
            hardware.INSTALLED.write_bytes(content)
        assert hardware.permissions([], linux=True)[0].ok is ok


def test_what_is_connected_is_listed(monkeypatch) -> None:
    monkeypatch.setattr(
        hardware,
        "usb_ports",
        lambda: [PORTS["jlink"], PORTS["uno"], Port("/dev/ttyUSB0", 0x0403, 0x6001, "", "FT232R")],
    )
    monkeypatch.setattr(hardware, "find_probes", lambda _ports: [PROBES["jlink"]])
    said = [(check.name, check.found) for check in hardware.connected()]
    assert said[0] == ("J-Link", "683123456 (J-Link: J-Link OB)")
    assert said[2] == (
        "serial port of atmega328p",
        "/dev/ttyACM3 (Arduino Uno, 2341:0043, serial number 75830303934351D0B0A1)",
    )
    assert said[3][1] == "/dev/ttyUSB0 (FT232R, 0403:6001)"


def test_the_udev_rules_open_what_is_supported_and_nothing_else() -> None:
    text = hardware.RULES.read_text(encoding="ascii")
    opened = set()
    for vid, pids in re.findall(
        r'^ATTRS\{idVendor\}=="(\w{4})"(?:, ATTRS\{idProduct\}=="([\w|]+)")?', text, re.MULTILINE
    ):
        opened |= {(int(vid, 16), int(pid, 16) if pid else None) for pid in pids.split("|")}
    wanted = {(vid, pid) for kinds in USB_IDS.values() for vid, pids in kinds.items() for pid in pids or {None}}
    assert opened == wanted | set(hardware.board_ids())
    labels = set(re.findall(r'^LABEL="(\w+)"', text, re.MULTILINE))
    assert labels == set(re.findall(r'GOTO="(\w+)"', text))
