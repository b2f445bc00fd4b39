"""lib/dsp has the same bits everywhere: each program of dsp_bits/ on every core, with and without what only some cores have."""

from __future__ import annotations

from pathlib import Path

import bits_frame
import pytest
from dsp_extremes_test import SANITIZE, sanitizing_compiler

from fieldmouse.build import ROOT, host_compiler

PROGRAMS = sorted(path.stem for path in bits_frame.HERE.glob("*.c") if path.stem not in bits_frame.OWN)
DSP = ROOT / "lib" / "dsp"
ARM = {
    "cortex-m0plus": ("cortex-m0plus", []),
    "cortex-m0plus portable": ("cortex-m0plus", ["-DPORTABLE"]),
    "cortex-m4f": ("cortex-m4f", []),
    "cortex-m4f portable": ("cortex-m4f", ["-DPORTABLE"]),
    "cortex-m7f": ("cortex-m7f", []),
}


def sources(program: str) -> list[Path]:
    """The program's C files."""
    return [*sorted(DSP.glob("*.c")), bits_frame.HERE / f"{program}.c"]


@pytest.fixture(scope="module", params=PROGRAMS)
def program(request: pytest.FixtureRequest) -> str:
    """One program of dsp_bits/."""
    return request.param


@pytest.fixture(scope="module")
def expected(program: str, tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """What the host tells."""
    target = tmp_path_factory.mktemp("host") / program
    said = bits_frame.on_host(host_compiler(), ["-O2"], sources(program), [DSP], target)
    assert len(said) >= 5
    assert len(set(said)) > len(said) // 4, "the cases differ"
    return said


def test_nothing_is_undefined(program: str, expected: list[str], tmp_path: Path) -> None:
    compiler = sanitizing_compiler(tmp_path)
    if compiler is None:
        pytest.skip("neither gcc nor clang with its sanitizers is here")
    assert bits_frame.on_host([compiler], SANITIZE, sources(program), [DSP], tmp_path / program) == expected


@pytest.mark.parametrize("target", ARM)
def test_the_same_on_arm(program: str, expected: list[str], target: str, tmp_path: Path) -> None:
    files = [*sources(program), *sorted(DSP.glob("*.S"))]
    assert bits_frame.on_arm(*ARM[target], files, [DSP], tmp_path) == expected


def test_the_same_on_avr(program: str, expected: list[str], tmp_path: Path) -> None:
    said = bits_frame.on_avr(sources(program), [DSP], tmp_path)
    assert len(said) >= 3
    assert said == expected[: len(said)]
