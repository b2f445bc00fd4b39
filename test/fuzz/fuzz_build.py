"""Compile the fuzzer: the node's sources, the harness of this folder, a compiler with its sanitizers or its coverage."""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
HARNESS = sorted(HERE.glob("*.c"))
UNDER_TEST = [
    *sorted((ROOT / "lib/line").glob("*.c")),
    ROOT / "lib/source/source_feed.c",  # drivers of sensors want a bus: test/host/source_drivers_test.py has them
    *(path for path in sorted((ROOT / "lib/node").glob("*.c")) if path.name not in ("main.c", "node_sensors.c")),
]
MODEL = sorted((ROOT / "lib/model").glob("*.c"))  # test/fuzz/blob_test.py has what fuzzes these
ALL = [*UNDER_TEST, *MODEL, *HARNESS]
HEADERS = [ROOT / "lib" / name for name in ("node", "line", "source", "model", "port")]
WARNINGS = ["-Wall", "-Wextra", "-Werror", "-Wconversion"]
SANITIZE = ["-O2", "-fsanitize=address,undefined", "-fno-sanitize-recover=all", "-DFUZZ_SANITIZED"]


@dataclass(frozen=True)
class Line:
    """What a board says of its serial line."""

    line_bytes: int = 512
    window: int = 4
    slot: int = 0  # bytes for loaded models


def build(compiler: str, target: Path, flags: list[str], line: Line, sources: list[Path] = ALL) -> Path:
    """Compile `sources` to the program `target`, or to objects where it is a folder; raises with the compiler's words."""
    defines = ["-DBOARD=memory", f"-DNODE_LINE_BYTES={line.line_bytes}", f"-DNODE_WINDOW={line.window}"]
    defines += [f"-DNODE_MODEL_SLOT={line.slot}"] if line.slot else []
    include = [f"-I{folder}" for folder in (HERE, *HEADERS)]
    command = [compiler, "-std=c99", "-g", *WARNINGS, *flags, *defines, *include, *map(str, sources)]
    made = ["-c"] if target.is_dir() else ["-o", str(target)]
    done = subprocess.run(
        [*command, *made], cwd=target if target.is_dir() else target.parent, capture_output=True, text=True
    )
    if done.returncode != 0:
        raise RuntimeError(done.stderr)
    return target


def _makes_programs(compiler: str, flags: list[str], folder: Path) -> bool:
    source = folder / "probe.c"
    source.write_text("int main(void) { return 0; }\n")
    program = folder / "probe"
    command = [compiler, *flags, str(source), "-o", str(program)]
    if subprocess.run(command, cwd=folder, capture_output=True).returncode != 0:
        return False
    return subprocess.run([program], cwd=folder, capture_output=True).returncode == 0


def sanitizing_compiler(folder: Path) -> str | None:
    """Gcc or clang, whichever brings its sanitizers' libraries; zig brings none."""
    for name in ("gcc", "clang"):
        if shutil.which(name) and _makes_programs(name, SANITIZE, folder):
            return name
    return None


def covering_compiler(folder: Path) -> str | None:
    """Gcc, when its gcov is there."""
    if shutil.which("gcov") and shutil.which("gcc") and _makes_programs("gcc", ["--coverage"], folder):
        return "gcc"
    return None
