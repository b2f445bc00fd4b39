"""rig.toml: what it says is what is used, and what is wrong with it is named with its place."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from flash_support import PORTS
from rig_support import emulated, write_rig

from orchestrator.project import ROOT
from orchestrator.rig import DEFAULT, RigBoard, RigError, plan, read_rig

DK = """[[board]]
name = "dk"
board = "nrf52840"
serial = "000683123456"
port = "/dev/serial/by-id/usb-dk"
probe = "683123456"
"""
DAMAGED = {
    "no board": ("", "has no \\[\\[board\\]\\]: nothing would be tested"),
    "not TOML": ("[[board]\nname = 1", "is damaged: .*line 2"),
    "one table": ('[board]\nname = "dk"', "board = .* is not a list of \\[\\[board\\]\\]"),
    "unknown setting": ("wait = 3", "'wait' means nothing; there are: locks, wait_s, timeout_s, board"),
    "no time": ("wait_s = 0", "wait_s = 0 is not seconds, above 0"),
    "time in words": ('timeout_s = "long"', "timeout_s = 'long' is not seconds"),
    "unknown key": (DK + 'colour = "red"', "board 1: 'colour' means nothing"),
    "empty value": (DK.replace('"683123456"', '""'), "probe = '' is not a text"),
    "features as a text": (DK + 'features = "quick"', "features = 'quick' is not a list of texts"),
    "no name": (DK.replace('name = "dk"\n', ""), "board 1: it lacks name"),
    "name for a path": (DK.replace('"dk"', '"../dk"'), "a name is of a-z"),
    "unknown board": (DK.replace("nrf52840", "nrf52841"), "board 1 \\(dk\\): there is no board 'nrf52841'; there are: "),
    "no probe": (DK.replace("probe", "#"), "a real nrf52840 needs probe, so that"),
    "no serial number": (DK.replace("serial = ", "#"), "a real nrf52840 needs serial, so that"),
    "port by order": (DK.replace("serial/by-id/usb-dk", "ttyACM0"), "/dev/ttyACM0 is another board's after"),
    "port out of its folder": (DK.replace("usb-dk", "../../ttyACM0"), "is another board's after"),
    "the host, connected": (DK.replace("nrf52840", "host"), "host is no board that can be connected"),
    "an env of another board": (DK + 'envs = ["cattle-rp2040"]', "no env of nrf52840 is cattle-rp2040; there are: "),
    "another board's emulator": (emulated(Path("x"), "a").replace("emu://host", "emu://rp2040"), "is no emulated host"),
    "an emulator without its flash": ('[[board]]\nname="a"\nboard="host"\nport="emu://host"', "is no emulated host"),
    "a probe of an emulator": (emulated(Path("x"), "a") + 'probe = "1"', "an emulated board has no probe"),
    "one name twice": (DK + emulated(Path("x"), "dk"), "dk and dk have the same name"),
    "one port twice": (DK + DK.replace('"dk"', '"b"'), "dk and b have the same place, /dev/serial/by-id/usb-dk"),
    "one serial number twice": (DK + DK.replace('"dk"', '"b"').replace("usb-dk", "b"), "have the same serial, 000683123456"),
    "one probe twice": (
        DK + DK.replace('"dk"', '"b"').replace("usb-dk", "b").replace("0006", "7").replace('"6831', '"06831'),
        "have the same probe, 0683123456",
    ),
    "one flash twice": (
        emulated(Path("x"), "a") + emulated(Path("x"), "a").replace('"a"', '"b"'),
        "a and b have the same place",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", DAMAGED)
def test_what_is_wrong_is_named(case: str, tmp_path: Path) -> None:
    text, said = DAMAGED[case]
    with pytest.raises(RigError, match=said) as error:
        read_rig(write_rig(tmp_path, settings=text))
    assert str(tmp_path / "rig.toml") in str(error.value)


def test_a_file_that_is_not_there_comes_with_advice(tmp_path: Path) -> None:
    with pytest.raises(RigError, match=r"rig\.toml: No such file.*ci/README.md"):
        read_rig(tmp_path / "rig.toml")


def test_the_example_is_a_rig() -> None:
    rig = read_rig(DEFAULT)
    assert rig.locks == plan.LOCKS
    assert {row.board for row in rig.boards if not row.emulated} >= {"nrf52840", "rp2040", "atmega328p"}
    assert [row.place for row in rig.boards if row.emulated] == [str(ROOT / ".fieldmouse" / "rig" / "twin.elf")]


def test_boards_are_chosen_by_name_board_or_feature(tmp_path: Path) -> None:
    rows = (DK + 'features = ["quick"]\n', emulated(tmp_path, "a"), emulated(tmp_path, "b") + 'features = ["quick"]\n')
    rig = read_rig(write_rig(tmp_path, *rows))

    def chosen(words: str) -> list[str]:
        return [row.name for row in rig.choose(words)]

    assert chosen("") == ["dk", "a", "b"]
    assert chosen("quick") == ["dk", "b"]
    assert chosen("nrf52840, a") == ["dk", "a"]
    with pytest.raises(RigError, match="no board is 'slow'; there are: a, b, dk, host, nrf52840, quick"):
        rig.choose("quick,slow")


def test_a_lock_is_the_boards_whatever_it_is_called(tmp_path: Path) -> None:
    here = read_rig(write_rig(tmp_path, DK, emulated(tmp_path, "a"))).boards
    there = read_rig(write_rig(tmp_path, DK.replace('"dk"', '"mine"').replace("000683", "683"))).boards
    assert here[0].key == there[0].key == "nrf52840-683123456"
    assert here[0].key != here[1].key
    assert "/" not in here[1].key


def test_a_board_is_connected_when_its_port_is_that_of_its_serial_number(tmp_path: Path) -> None:
    port = tmp_path / "usb-dk"
    row = RigBoard("dk", "nrf52840", str(port), serial="683123456", probe="683123456")
    assert "not connected: there is no USB device with the serial number 683123456" in row.absent([])
    assert "connected: /dev/ttyACM3 (Arduino Uno" in row.absent([PORTS["uno"]])
    assert f"not connected: there is no {port}" in row.absent([PORTS["jlink"]])
    device = tmp_path / "ttyACM0"
    device.touch()
    port.symlink_to(device)
    assert f"is not at {port}: its serial number 683123456 is that of /dev/ttyACM0" in row.absent([PORTS["jlink"]])
    assert row.absent([replace(PORTS["jlink"], device=str(device)), PORTS["uno"]]) == ""
