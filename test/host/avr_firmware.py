"""Small images of the ATmega328P's own port, and simavr to run them."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from orchestrator.project import ROOT, board_facts

sys.path.append(str(ROOT / "platform" / "builder"))
import memory_avr

BOARD = "atmega328p"
FACTS = board_facts(BOARD)["fieldmouse"]
PORT = ROOT / "lib" / "port"
CC = ["avr-gcc", f"-mmcu={BOARD}", "-std=gnu99", "-Os", "-gdwarf-2", "-Wall", "-Wextra", "-Werror", "-Wconversion"]


def compiler() -> list[str]:
    """The compiler; the test that asks is skipped where it is not installed."""
    if shutil.which("avr-gcc") is None:
        pytest.skip("avr-gcc is not here")
    return CC


def simavr() -> None:
    """Skips the test that asks where simavr's library is not installed."""
    if not Path("/usr/include/simavr/sim_avr.h").exists():
        pytest.skip("libsimavr-dev is not here")


def link(folder: Path, source: Path, *flags: str, port: bool = True, constants_in_ram: bool = False) -> Path:
    """An image of `source`, with the port or with a start of its own; constants in RAM are refused unless they are allowed."""
    script = folder / "memory.ld"
    text = memory_avr.linker_script(BOARD, FACTS["memory"], FACTS["stack_bytes"])
    if constants_in_ram:
        text = re.sub(r"ASSERT\(.*\)", "", text.replace("*(.data .data.*)", "*(.data .data.* .rodata .rodata.*)"))
    script.write_text(text)
    image = folder / f"{source.stem}.elf"
    defines = [f"-D{name}={value}" for name, value in FACTS["defines"].items()]
    sources = [str(source), *(map(str, sorted((PORT / BOARD).glob("*.c"))) if port else [])]
    command = [*compiler(), *defines, f"-I{PORT}", *flags, *sources, "-nostartfiles", f"-Wl,-T,{script}"]
    command += ["-ffunction-sections", "-Wl,--gc-sections", "-Wl,--build-id=sha1", "-o", str(image)]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return image


def boot_block(folder: Path, name: str, code: str) -> str:
    """The option that puts `code` into the last 512 bytes of flash and starts there, as a bootloader."""
    source, image = folder / f"{name}.s", folder / f"{name}.elf"
    source.write_text(f".section .text\n.global start\nstart:\n{code}\n")
    command = [*compiler()[:2], "-nostdlib", "-Wl,-Ttext=0x7E00", "-o", str(image), str(source)]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return f"--boot=0x7E00:{image}"


def command(image: Path, *options: str) -> list[str]:
    """What runs an image on the emulated board."""
    return [sys.executable, "-m", "orchestrator.emulator.simavr", "--board", BOARD, str(image), *options]


@dataclass(frozen=True)
class Ran:
    """What an image said and what was counted."""

    out: bytes
    said: str
    status: int
    counts: dict


def run(image: Path, data: bytes, *options: str) -> Ran:
    """Run an image to the end of its input."""
    simavr()
    counts = image.with_suffix(".json")
    counts.unlink(missing_ok=True)
    done = subprocess.run(
        command(image, f"--counts={counts}", *options), cwd=ROOT, input=data, capture_output=True, timeout=120
    )
    found = json.loads(counts.read_text()) if counts.exists() else {}
    return Ran(done.stdout, done.stderr.decode(), done.returncode, found)


def boots(image: Path, commands: Sequence[bytes], *options: str) -> list[bytes]:
    """The first line of each start: a command is sent after each but the last."""
    simavr()
    process = subprocess.Popen(command(image, *options), cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert process.stdin is not None
    assert process.stdout is not None
    seen = []
    try:
        for data in (*commands, None):
            seen.append(process.stdout.readline())
            if data is not None:
                process.stdin.write(data)
                process.stdin.flush()
    finally:
        process.stdin.close()
        process.kill()
        process.wait()
    return seen
