"""Reading back who a board is, over the line, from a stand-in for it; and where an emulated board's flash is."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from orchestrator.flash import FlashError, build_id, flash, flashing, identify
from orchestrator.project import ROOT

# A board that answers `info` and `stats` from the {after}th question on.
BOARD = """#!{python}
import sys
sys.path.insert(0, {root!r})
from orchestrator.link import crc16
asked = 0
def say(body):
    sys.stdout.buffer.write(body[:-1] + b',"crc":"%04X"}}\\n' % crc16(body[:-1])); sys.stdout.buffer.flush()
for line in sys.stdin.buffer:
    if line.startswith(b"info"):
        asked += 1
        if asked >= {after}:
            say(b'{{"ev":"boot","app":"x","board":"{board}","build":"{build}","model":"m"}}')
    elif line.startswith(b"stats") and asked >= {after}:
        say(b'{{"ev":"stats"}}'); say(b'{{"ev":"stats"}}')
"""


def board(path: Path, name: str = "host", build: str = "0123abcd", after: int = 1) -> Path:
    path.write_text(BOARD.format(python=sys.executable, root=str(ROOT), board=name, build=build, after=after))
    path.chmod(0o755)
    return path


def test_a_board_tells_who_it_is(tmp_path: Path) -> None:
    boot = identify(f"emu://host?fw={board(tmp_path / 'firmware')}")
    assert (boot["board"], boot["build"]) == ("host", "0123abcd")


def test_nobody_there_is_told_within_the_time(tmp_path: Path) -> None:
    with pytest.raises(FlashError, match="was not recognised within 1 s"):
        identify(f"emu://host?fw={board(tmp_path / 'firmware', after=9)}", timeout_s=1)
    with pytest.raises(FlashError, match="cannot use /dev/there-is-none"):
        identify("/dev/there-is-none", timeout_s=1)


def test_an_emulated_board_has_its_flash_where_its_address_says(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr(flashing, "build_id", lambda _image: "0123abcd")
    image, slot = board(tmp_path / "image"), tmp_path / "rig" / "board 1.elf"
    done = flash(image, "host", port=f"emu://host?fw={slot}")
    assert slot.read_bytes() == image.read_bytes()
    assert (done.tool, done.boot["build"]) == ("emulated", "0123abcd")
    with pytest.raises(FlashError, match="runs build 99999999, not 0123abcd"):
        flash(board(tmp_path / "other", build="99999999"), "host", port=f"emu://host?fw={slot}")
    with pytest.raises(FlashError, match="says it is 'nrf52840', not 'host'"):
        flash(board(tmp_path / "third", name="nrf52840"), "host", port=f"emu://host?fw={slot}")


def test_the_build_id_is_that_of_the_elf(tmp_path: Path) -> None:
    source = tmp_path / "main.c"
    source.write_text("int main(void) { return 0; }\n")
    for flag, said in (("0x0123abcd99", "0123abcd"), ("none", "")):
        image = tmp_path / "a.out"
        command = [sys.executable, "-m", "ziglang", "cc"]
        command = ["cc"] if any((Path(p) / "cc").exists() for p in os.environ["PATH"].split(os.pathsep)) else command
        subprocess.run([*command, str(source), f"-Wl,--build-id={flag}", "-o", str(image)], check=True)
        if said:
            assert build_id(image) == said
        else:
            with pytest.raises(FlashError, match="has no build id"):
                build_id(image)
