"""lib/dsp has the same bits everywhere: each program of dsp_bits/ on every core, with and without what only some cores have."""

from __future__ import annotations

import shutil
import struct
import subprocess
from pathlib import Path

import pytest
from avr_firmware import link as link_avr
from avr_firmware import run as run_avr
from dsp_extremes_test import SANITIZE, WARNINGS, sanitizing_compiler

from fieldmouse.build import ROOT, host_compiler, zig_environment
from orchestrator.emulator.unicorn.bare import Bare, link

HERE = Path(__file__).with_name("dsp_bits")
FRAME = ("bits", "on_host", "on_arm", "on_avr")
PROGRAMS = sorted(path.stem for path in HERE.glob("*.c") if path.stem not in FRAME)
DSP = ROOT / "lib" / "dsp"
INCLUDE = [f"-I{folder}" for folder in (HERE, DSP, ROOT / "lib" / "port", ROOT / "lib" / "line")]
SHARED = [*sorted(DSP.glob("*.c")), ROOT / "lib" / "line" / "line_crc.c", HERE / "bits.c"]
ARM = {
    "cortex-m0plus": ("cortex-m0plus", []),
    "cortex-m0plus portable": ("cortex-m0plus", ["-DPORTABLE"]),
    "cortex-m4f": ("cortex-m4f", []),
    "cortex-m4f portable": ("cortex-m4f", ["-DPORTABLE"]),
    "cortex-m7f": ("cortex-m7f", []),
}


def on_host(compiler: list[str], flags: list[str], program: str, target: Path) -> list[str]:
    """The CRC of each case."""
    files = [str(path) for path in (*SHARED, HERE / f"{program}.c", HERE / "on_host.c")]
    command = [*compiler, "-std=c99", "-g", *WARNINGS, *flags, *INCLUDE, *files, "-o", str(target)]
    done = subprocess.run(command, capture_output=True, text=True, env=zig_environment())
    assert done.returncode == 0, done.stderr
    run = subprocess.run([target], capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
    return run.stdout.split()


@pytest.fixture(scope="module", params=PROGRAMS)
def program(request: pytest.FixtureRequest) -> str:
    """One program of dsp_bits/."""
    return request.param


@pytest.fixture(scope="module")
def expected(program: str, tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """What the host tells."""
    said = on_host(host_compiler(), ["-O2"], program, tmp_path_factory.mktemp("host") / program)
    assert len(said) >= 5
    assert len(set(said)) > len(said) // 4, "the cases differ"
    return said


def test_nothing_is_undefined(program: str, expected: list[str], tmp_path: Path) -> None:
    compiler = sanitizing_compiler(tmp_path)
    if compiler is None:
        pytest.skip("neither gcc nor clang with its sanitizers is here")
    assert on_host([compiler], SANITIZE, program, tmp_path / program) == expected


@pytest.mark.parametrize("target", ARM)
def test_the_same_on_arm(program: str, expected: list[str], target: str, tmp_path: Path) -> None:
    if shutil.which("arm-none-eabi-gcc") is None:
        pytest.skip("needs arm-none-eabi-gcc")
    core, flags = ARM[target]
    sources = [*SHARED, *sorted(DSP.glob("*.S")), HERE / f"{program}.c", HERE / "on_arm.c"]
    options = ["-Os", "-std=c99", *WARNINGS, *flags, *INCLUDE]
    bare = Bare(link(tmp_path / "bits.elf", core, sources, options, ["bits", "crcs", "crc_count"]), core)
    bare.call("bits")
    (count,) = struct.unpack("<I", bare.read(bare.address("crc_count"), 4))
    said = struct.unpack(f"<{count}H", bare.read(bare.address("crcs"), 2 * count))
    assert [f"{value:04X}" for value in said] == expected


def test_the_same_on_avr(program: str, expected: list[str], tmp_path: Path) -> None:
    flags = [*INCLUDE, *map(str, SHARED), str(HERE / f"{program}.c")]
    done = run_avr(link_avr(tmp_path, HERE / "on_avr.c", *flags, constants_in_ram=True), b"")
    assert done.counts["resets"] == {"power": 1}, "no crash and no hang"
    *said, end = done.out.decode().split()
    assert end == "END"
    assert len(said) >= 3
    assert said == expected[: len(said)]
