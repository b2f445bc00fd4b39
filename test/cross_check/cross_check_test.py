"""Each port on an engine that nobody here wrote: our driver and our model of its chip would share our misreadings.

A manifest's `cross_check` names the engine's command, and which of the board's facts differ there: what an engine does not
model (DMA, say) is left out of the image by a choice that every board has. Where a board's own emulator is somebody
else's work but for its UART, that is the same engine with its own UART, and the product's image.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from fieldmouse.app import App
from fieldmouse.recording import Recording
from orchestrator.emulator.qemu.install import missing
from orchestrator.link import Node
from orchestrator.prebuild import model_folder
from orchestrator.project import DEFAULT_APP, ROOT, WORKSPACE, Env, board_facts, boards, find_env
from orchestrator.training import recipe, refresh

pytestmark = pytest.mark.cross_check

WINDOWS = 6
WINDOW_S = 3
QEMU_9 = "stm32l476"  # by name, because its engine alone may be missing where everything is to be tested
OTHERS = [board for board in boards() if "cross_check" in board_facts(board)["fieldmouse"] and board != QEMU_9]


def changed_image(env: Env) -> Path:
    """The env's image for its board as the other engine has it: a board of the same name with other facts."""
    folder = WORKSPACE / "test" / "cross_check" / env.board
    facts = board_facts(env.board)
    other = facts["fieldmouse"]["cross_check"]
    facts["build"]["cpu"] = other.get("cpu", facts["build"]["cpu"])
    facts["fieldmouse"]["defines"] |= other["defines"]
    (folder / "boards").mkdir(parents=True, exist_ok=True)
    (folder / "boards" / f"{env.board}.json").write_text(json.dumps(facts))
    conf = folder / "platformio.ini"
    conf.write_text(
        f"[platformio]\nextra_configs =\n    {ROOT}/platformio.ini\n    {ROOT}/apps/*/app.ini\nboards_dir = {folder / 'boards'}\n"
        f"[env:cross]\nextends = env:{env.name}\n"
    )
    done = subprocess.run(
        [sys.executable, "-m", "platformio", "run", "-e", "cross", "-c", str(conf)],
        cwd=ROOT,
        env={**os.environ, "PLATFORMIO_BUILD_DIR": str(folder / "build")},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return folder / "build" / "cross" / "firmware.elf"


def answers_as_the_host(env: Env, url: str) -> None:
    """`info`, then some windows, bit for bit; the last one at the sensor's limit, which is a fault."""
    host = App(env.app, model_folder(env.app, env.variant) / "include", env.variant)
    stream = host.streams[0]
    rng = np.random.default_rng(11)
    frames = rng.integers(-900, 900, (WINDOWS * WINDOW_S * stream.rate_hz, stream.channels)).astype(np.int16)
    frames[-WINDOW_S * stream.rate_hz :] = 7
    noise = Recording("noise", {}, {0: stream.rate_hz}, {0: frames})
    expected = host.run(noise).reports
    assert len(expected) == WINDOWS
    assert {report["ev"] for report in expected} == {"window", "fault"}
    with Node(url, timeout_s=30) as node:
        node.wait("boot")  # QEMU drops what comes before the UART is on
        boot = node.info().boot
        assert (boot["board"], boot["model"]) == (env.board, host.model_hash)
        assert node.feed(noise) == expected
        assert node.stats()["uart"] == 0


@pytest.mark.parametrize("board", OTHERS)
def test_a_port_answers_on_another_engine(board: str) -> None:
    program = board_facts(board)["fieldmouse"]["cross_check"]["command"][0]
    if program != "{python}" and shutil.which(program) is None:
        pytest.skip(f"{program} is not here")
    env = find_env(DEFAULT_APP, board)
    refresh(env.app, env.variant)
    answers_as_the_host(env, f"emu://{board}?via=cross_check&fw={changed_image(env)}")


def test_the_stm32l476_answers_on_qemu() -> None:
    if missing():
        pytest.skip(missing())
    env = find_env(DEFAULT_APP, QEMU_9)
    refresh(env.app, env.variant)
    answers_as_the_host(env, f"emu://{QEMU_9}?via=cross_check&fw={changed_image(env)}")


def test_the_stm32_uart_without_dma_answers_on_our_own_engine_too() -> None:
    """The same image, with time, faults and many more windows than QEMU would get through."""
    env = find_env(DEFAULT_APP, QEMU_9)
    refresh(env.app, env.variant)
    host = App(env.app, model_folder(env.app, env.variant) / "include", env.variant)
    with Node(f"emu://{QEMU_9}?fw={changed_image(env)}") as node:
        compared = 0
        for recording in recipe(env.app).simulate.long_run(seed=2027, decisions=300):
            expected = host.run(recording).reports
            assert node.feed(recording) == expected
            compared += len(expected)
        assert compared >= 300
        assert node.stats()["uart"] == 0
