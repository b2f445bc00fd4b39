"""docs/wiring.md against the manifests and the envs."""

from __future__ import annotations

import re

from orchestrator.project import ROOT, board_facts, envs

ROW = re.compile(r"^\| `([\w-]+)` \| `(\w+)`[^|]*\| (\w+)[^|]*\|[^|]*\| (\S+) \| (\S+) \| ([^,|]+)", re.MULTILINE)


def pin(board: str, number: int) -> str:
    """A pin as the board's makers call it."""
    return f"P{number // 32}.{number % 32:02}" if board.startswith("nrf") else str(number)


def test_each_sensor_of_an_env_has_its_row_of_pins() -> None:
    text = (ROOT / "docs" / "wiring.md").read_text(encoding="utf-8")
    told = {(env, f"{stream}={part.lower()}"): pins for env, stream, part, *pins in ROW.findall(text)}
    wired = {}
    for env in envs():
        for sensor in env.sensors:
            defines = board_facts(env.board)["fieldmouse"]["defines"]
            names = ("PORT_I2C_SDA_PIN", "PORT_I2C_SCL_PIN", "PORT_SENSOR_INT_PIN")
            wired[env.name, sensor] = [pin(env.board, defines[name]) for name in names]
    assert wired
    assert told == wired
