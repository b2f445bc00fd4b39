"""What a converted model takes of flash: linked for a Cortex-M0+ by whatever compiler is here, less the same program without it."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory

from fieldmouse.build import ROOT, zig_environment
from fieldmouse.model import LIBRARIES, emlearn_headers, engine_sources
from orchestrator.convert.options import ENGINES

TARGET = "cortex-m0plus"
LIMIT_S = 300  # of one compilation
FLAGS = ("-Os", "-std=c99", "-ffunction-sections", "-fdata-sections", "-Wl,--gc-sections", "-Wl,--entry=ask")

PROGRAM = """#include "{name}_model.h"

extern int16_t features[];
extern uint8_t proba[];
extern int32_t outputs[];
int16_t features[1];
uint8_t proba[1];
int32_t outputs[1];
void ask(void);

void ask(void)
{{
{calls}}}
"""
EMPTY = "void ask(void);\nvoid ask(void) {}\n"
CALLS = {
    "classify": "    outputs[0] = {name}_model.classify(&{name}_model, features, proba);\n",
    "regress": "    {name}_model.regress(&{name}_model, features, outputs);\n",
    "score": "    outputs[0] = {name}_model.score(&{name}_model, features);\n",
}


@dataclass(frozen=True)
class Compiler:
    """A command that compiles and links for TARGET."""

    name: str
    command: tuple[str, ...]
    last: tuple[str, ...] = ()


@cache
def compilers() -> tuple[Compiler, ...]:
    """Those that are here, the firmware's first choice first."""
    found = []
    gcc = shutil.which("arm-none-eabi-gcc")
    if gcc:
        flags = ("-mcpu=cortex-m0plus", "-mthumb", "-nostartfiles", "--specs=nano.specs")
        found.append(Compiler("arm-none-eabi-gcc", (gcc, *flags), ("-lm",)))
    zig = find_spec("ziglang")
    if zig is not None and zig.submodule_search_locations:
        headers = Path(zig.submodule_search_locations[0]) / "lib" / "libc" / "include"
        musl = [word for name in ("arm-linux-musl", "generic-musl") for word in ("-isystem", str(headers / name))]
        flags = ("-target", "thumb-freestanding-eabi", "-mcpu=cortex_m0plus", "-fno-sanitize=undefined", "-g", *musl)
        found.append(Compiler("zig", (sys.executable, "-m", "ziglang", "cc", *flags)))
    return tuple(found)


def _flash(compiler: Compiler, text: str, words: Sequence[str]) -> int | None:
    """Bytes of a linked program; None where this compiler does not make it."""
    from orchestrator.bench.build import sizes

    with TemporaryDirectory() as folder:
        source, elf = Path(folder) / "ask.c", Path(folder) / "ask.elf"
        source.write_text(text, encoding="ascii")
        command = [*compiler.command, *FLAGS, str(source), *words, *compiler.last, "-o", str(elf)]
        try:
            done = subprocess.run(command, capture_output=True, env=zig_environment(), cwd=folder, timeout=LIMIT_S)
        except subprocess.TimeoutExpired:
            return None
        return sizes(elf).flash if done.returncode == 0 else None


@cache
def _empty(compiler: Compiler) -> int | None:
    return _flash(compiler, EMPTY, ())


def linked(folder: Path, name: str, members: dict[str, list[str]]) -> tuple[str, dict[str, int]]:
    """The compiler's name, and bytes of flash for each engine of the model whose headers lie in `folder`: by one compiler for all. `members` are
    those of `model_t` that each engine's form has. Empty where no compiler here makes them all."""
    for compiler in compilers():
        empty, found = _empty(compiler), {}
        for engine in (engine for engine in ENGINES if engine in members):
            libraries = [*(ROOT / "lib" / library for library in (*LIBRARIES, engine)), folder.resolve()]
            words = [f"-I{path}" for path in libraries] + (["-isystem", str(emlearn_headers())] if engine == "emlearn" else [])  # fmt: skip
            calls = "".join(CALLS[member].format(name=name) for member in members[engine])
            text = PROGRAM.format(name=name, calls=calls)
            took = _flash(compiler, text, [*words, *map(str, engine_sources(engine))])
            if took is None or empty is None:
                break
            found[engine] = took - empty
        else:
            return compiler.name, found
    return "", {}
