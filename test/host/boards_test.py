"""Each manifest in boards/ against what the house asks of one: a board is data, so its mistakes are found here."""

from __future__ import annotations

import json
from itertools import pairwise
from typing import Any

import pytest

from orchestrator.emulator.launch import ENGINES
from orchestrator.flash.probes import NAMES
from orchestrator.flash.tools import TOOLS
from orchestrator.project import ROOT, boards

BY_NAME = {board: json.loads((ROOT / "boards" / f"{board}.json").read_text(encoding="utf-8")) for board in boards()}
CHIPS = {facts["fieldmouse"]["chip"] for facts in BY_NAME.values()}
ON_CHIP = [board for board in BY_NAME if board != "host"]
ROLES = {"code", "data", "stack", "dma", "config", "boot"}
COUNTS = ("instructions", "cycles")

every_board = pytest.mark.parametrize("board", BY_NAME)
every_chip = pytest.mark.parametrize("board", ON_CHIP)


def facts(board: str) -> dict[str, Any]:
    return BY_NAME[board]["fieldmouse"]


@every_board
def test_it_has_what_platformio_and_the_house_ask_for(board: str) -> None:
    row = BY_NAME[board]
    assert {"name", "vendor", "url", "build", "upload", "fieldmouse"} <= set(row)
    assert {"cpu", "mcu", "f_cpu", "variant"} <= set(row["build"])
    assert "platform" not in row  # the env says which; a manifest that does breaks another
    assert row["upload"]["protocol"] == ("emulated" if board == "host" else "auto")
    assert {"chip", "shared", "tier", "summary", "memory", "stack_bytes", "defines", "emulator"} <= set(facts(board))
    assert {"engine", "injects", "counts", "command"} <= set(facts(board)["emulator"])
    assert facts(board)["tier"] in (1, 2, 3)
    assert all(what in COUNTS for what in facts(board)["emulator"]["counts"])
    assert all(facts(board).get(engine, {"command": ["x"]})["command"] for engine in ENGINES)


@every_board
def test_its_port_is_there(board: str) -> None:
    port = ROOT / "lib" / "port"
    assert (port / facts(board)["chip"] / "port.c").is_file()
    for folder in facts(board)["shared"]:
        assert list((port / folder).glob("*.h")), folder
        assert folder not in CHIPS


@every_chip
def test_its_memory_map_can_be_linked_for(board: str) -> None:
    regions = facts(board)["memory"]
    assert all(set(region["roles"]) <= ROLES and region["bytes"] > 0 for region in regions)
    assert {"code", "data"} <= {role for region in regions for role in region["roles"]}
    spans = sorted((int(r["origin"], 0), int(r["origin"], 0) + r["bytes"]) for r in regions)
    assert all(end <= start for (_, end), (start, _) in pairwise(spans)), "regions overlap"
    stack = next((r for r in regions if "stack" in r["roles"]), None)
    data = next(r for r in regions if "data" in r["roles"])
    assert 0 < facts(board)["stack_bytes"] < (stack or data)["bytes"]


@every_chip
def test_its_limits_are_those_of_its_memory(board: str) -> None:
    """What PlatformIO's own menus show."""
    upload = BY_NAME[board]["upload"]
    for roles, key in (({"code", "boot"}, "maximum_size"), ({"data", "stack", "dma"}, "maximum_ram_size")):
        regions = [r for r in facts(board)["memory"] if roles & set(r["roles"])]
        assert sum(r["bytes"] for r in regions) == upload[key], key


@every_chip
def test_what_every_port_needs_is_defined(board: str) -> None:
    defines = facts(board)["defines"]
    assert defines["PORT_CPU_HZ"] == int(BY_NAME[board]["build"]["f_cpu"].rstrip("UL"))
    assert defines["PORT_UART_BAUD"] > 0
    assert 1000 <= defines["PORT_WATCHDOG_MS"] <= 8300  # an 8 s watchdog is the longest that every chip has
    assert defines["NODE_LINE_BYTES"] >= 128
    assert defines["NODE_WINDOW"] >= 1


@every_chip
def test_it_can_be_flashed_by_tools_that_there_are(board: str) -> None:
    flash = facts(board)["flash"]
    names = [row["tool"] for row in flash["tools"]]
    assert len(set(names)) == len(names)
    assert set(names) <= set(TOOLS)
    assert all(row["target"] for row in flash["tools"])
    assert flash.get("probe") in NAMES if any(TOOLS[name].probe for name in names) else flash["usb"]
    for row in flash["tools"]:
        assert (ROOT / "orchestrator" / "flash" / "targets" / row.get("script", "__init__.py")).is_file()


def test_there_are_seven() -> None:
    assert set(BY_NAME) >= {"nrf52840", "rp2040", "py32f003", "stm32l476", "stm32h743", "atmega328p", "host"}
