"""The whole front end on recordings that no cow makes: nothing undefined under the sanitizers, the same bits without."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from fieldmouse.build import ROOT, host_compiler, zig_environment

WARNINGS = ["-Wall", "-Wextra", "-Werror", "-Wconversion"]
SANITIZE = ["-O1", "-fsanitize=address,undefined", "-fno-sanitize-recover=all"]
EXTREMES = Path(__file__).with_name("dsp_extremes.c")
DSP = ROOT / "lib" / "dsp"
APP = ROOT / "apps" / "cattle"


def sanitizing_compiler(folder: Path) -> str | None:
    """Gcc or clang, whichever brings its sanitizers' libraries; zig brings none."""
    source, program = folder / "probe.c", folder / "probe"
    source.write_text("int main(void) { return 0; }\n")
    for name in filter(shutil.which, ("gcc", "clang")):
        command = [name, *SANITIZE, str(source), "-o", str(program)]
        if subprocess.run(command, capture_output=True).returncode == 0 and subprocess.run([program]).returncode == 0:
            return name
    return None


def extremes(compiler: list[str], flags: list[str], small: bool, target: Path) -> str:
    """What the features of extreme recordings are, printed by a program of `compiler`."""
    define = ["-DCATTLE_SMALL"] if small else []
    files = [str(path) for path in (*sorted(DSP.glob("*.c")), APP / "cattle_features.c", EXTREMES)]
    include = [f"-I{folder}" for folder in (APP, DSP, ROOT / "lib" / "port")]
    command = [*compiler, "-std=c99", "-g", *WARNINGS, *flags, *define, *include, *files, "-o", str(target)]
    done = subprocess.run(command, capture_output=True, text=True, env=zig_environment())
    assert done.returncode == 0, done.stderr
    run = subprocess.run([target], capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
    return run.stdout


@pytest.mark.parametrize("small", [False, True], ids=["full", "small"])
def test_extremes_are_defined_and_the_same_bits_without_optimisation(small: bool, tmp_path: Path) -> None:
    compiler = sanitizing_compiler(tmp_path)
    if compiler is None:
        pytest.skip("neither gcc nor clang with its sanitizers is here")
    said = extremes([compiler], SANITIZE, small, tmp_path / "sanitized")
    assert said.count("\n") == 2 * 14 * 20, "two rates, 14 recordings, 20 blocks"
    assert said == extremes(host_compiler(), ["-O2"], small, tmp_path / "plain")
