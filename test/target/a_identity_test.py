"""The first thing to know: the board runs the image under test, with the model that the host has."""

from __future__ import annotations

import json
from pathlib import Path
from urllib.parse import quote

import pytest

from fieldmouse.app import App
from orchestrator.flash import flash
from orchestrator.link import Node, command, parse
from orchestrator.project import Env

LINE = rb'(\{"ev":"%s"[^\r\n]*\})\r?\n'


def told(dut, event: str) -> dict:
    return parse(dut.expect(LINE % event.encode(), timeout=20).group(1))


def test_build_id_and_model_are_those_of_the_elf(dut, env: Env, elf_ids: tuple[str, str]) -> None:
    dut.write(command("info"))
    boot = told(dut, "boot")
    assert (boot["build"], boot["model"]) == elf_ids
    assert (boot["app"], boot["board"], boot["variant"]) == (env.app, env.board, env.variant)
    assert boot["proto"] == 1


@pytest.mark.emulated
def test_the_banner_is_not_lost(dut) -> None:
    assert told(dut, "boot")["reset"] == "power"


@pytest.mark.emulated
def test_what_is_flashed_to_an_emulated_board_proves_itself(env: Env, elf_ids: tuple[str, str], tmp_path: Path) -> None:
    slot = tmp_path / "its flash.elf"
    done = flash(env.elf, env.board, port=f"emu://{env.board}?fw={quote(str(slot))}")
    assert (done.boot["build"], done.boot["model"]) == elf_ids
    assert slot.read_bytes() == env.elf.read_bytes()


def test_info_tells_what_the_host_knows(node: Node, host_app: App) -> None:
    facts = node.info()
    assert facts.boot["model"] == host_app.model_hash
    assert facts.boot["data"] == host_app.data
    assert facts.classes == host_app.classes
    assert [(s["name"], s["rate_hz"], s["channels"], s["unit"]) for s in facts.streams] == [
        (s.name, s.rate_hz, s.channels, s.unit) for s in host_app.streams
    ]


def test_every_line_is_within_its_length_and_crc(node: Node) -> None:
    for text in ("info", "stats", "nonsense"):
        node.send(text)
        line = node.line()  # a busy machine may take long to the first
        assert line is not None
        while line is not None:
            assert len(json.dumps(line, separators=(",", ":"))) + len(',"crc":"0000"') + 1 <= 200
            line = node.line(1.0)
    assert node.damaged == 0
    assert node.stats()["cut"] == 0


def test_reset_chip_boots_again_and_says_so(node: Node) -> None:
    node.info()
    node.send("reset chip")
    assert node.wait("ack")["verb"] == "reset"
    assert node.wait("boot")["reset"] == "soft"
