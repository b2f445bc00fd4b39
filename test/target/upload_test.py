"""`pio run -t upload`: PlatformIO hands the image, the board and the port to the project, and its failure on to the person."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from urllib.parse import quote

import pytest

from orchestrator.project import ROOT, Env


def upload(env: Env, port: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "platformio", "run", "-e", env.name, "-t", "upload", "--upload-port", port]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, stdin=subprocess.DEVNULL)


@pytest.mark.once
@pytest.mark.emulated
def test_platformio_flashes_the_board_at_its_port_or_fails(env: Env, elf_ids: tuple[str, str], tmp_path: Path) -> None:
    slot = tmp_path / "its flash.elf"
    done = upload(env, f"emu://{env.board}?fw={quote(str(slot))}")
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"build {elf_ids[0]}, model {elf_ids[1]}" in done.stdout
    assert slot.read_bytes() == env.elf.read_bytes()
    done = upload(env, "emu://host")
    assert done.returncode != 0
    assert f"emu://host is not an emulated {env.board}" in done.stdout + done.stderr
