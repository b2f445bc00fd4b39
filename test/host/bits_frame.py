"""The frame of programs that tell the same bits on every core (dsp_bits/bits.h): compiled for one, run, and what they told."""

from __future__ import annotations

import shutil
import struct
import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest
from avr_firmware import link as link_avr
from avr_firmware import run as run_avr
from dsp_extremes_test import WARNINGS

from fieldmouse.build import ROOT, zig_environment
from orchestrator.emulator.unicorn.bare import Bare, link

HERE = Path(__file__).with_name("dsp_bits")
OWN = ("bits", "on_host", "on_arm", "on_avr")  # the frame's files; the others of that folder are programs
SHARED = [ROOT / "lib" / "line" / "line_crc.c", HERE / "bits.c"]
INCLUDE = [HERE, ROOT / "lib" / "port", ROOT / "lib" / "line"]


def _include(folders: Sequence[Path]) -> list[str]:
    return [f"-I{folder}" for folder in (*folders, *INCLUDE)]


def on_host(
    compiler: list[str], flags: list[str], sources: Sequence[Path], folders: Sequence[Path], target: Path
) -> list[str]:
    """The CRC of each case on this machine."""
    files = map(str, (*sources, *SHARED, HERE / "on_host.c"))
    command = [*compiler, "-std=c99", "-g", *WARNINGS, *flags, *_include(folders), *files, "-o", str(target)]
    done = subprocess.run(command, capture_output=True, text=True, env=zig_environment())
    assert done.returncode == 0, done.stderr
    run = subprocess.run([target], capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
    return run.stdout.split()


def on_arm(core: str, flags: list[str], sources: Sequence[Path], folders: Sequence[Path], folder: Path) -> list[str]:
    """The same on a bare core, compiled into `folder`."""
    if shutil.which("arm-none-eabi-gcc") is None:
        pytest.skip("needs arm-none-eabi-gcc")
    options = ["-Os", "-std=c99", *WARNINGS, *flags, *_include(folders)]
    files = [*sources, *SHARED, HERE / "on_arm.c"]
    bare = Bare(link(folder / "bits.elf", core, files, options, ["bits", "crcs", "crc_count"]), core)
    bare.call("bits")
    (count,) = struct.unpack("<I", bare.read(bare.address("crc_count"), 4))
    return [f"{value:04X}" for value in struct.unpack(f"<{count}H", bare.read(bare.address("crcs"), 2 * count))]


def on_avr(sources: Sequence[Path], folders: Sequence[Path], folder: Path) -> list[str]:
    """The same on the ATmega328P, which tells the first of them."""
    flags = [*_include(folders), *map(str, (*sources, *SHARED))]
    done = run_avr(link_avr(folder, HERE / "on_avr.c", *flags, constants_in_ram=True), b"")
    assert done.counts["resets"] == {"power": 1}, "no crash and no hang"
    *said, end = done.out.decode().split()
    assert end == "END"
    return said
