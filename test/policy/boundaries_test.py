"""The house's boundaries over the whole tree, and each rule shown to bite on a small broken one."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import c_rules
import pytest
import tree_rules
from elftools.elf.constants import SH_FLAGS
from elftools.elf.elffile import ELFFile

from fieldmouse.app import include_folders
from fieldmouse.build import ROOT, host_compiler, zig_environment
from fieldmouse.model import emlearn_headers
from orchestrator.convert import ENGINES
from orchestrator.prebuild import model_folder
from orchestrator.project import apps, envs
from orchestrator.training import refresh

Rule = Callable[[c_rules.Files], list[str]]

RULES: list[Rule] = [
    c_rules.no_heap_no_printf,
    c_rules.no_float,
    c_rules.registers_in_port_only,
    c_rules.emlearn_in_one_file,
    c_rules.includes_are_declared,
    tree_rules.no_app_names,
    tree_rules.no_test_folders,
    tree_rules.no_large_files,
    tree_rules.no_registries,
    tree_rules.no_paths_of_a_machine,
    tree_rules.says_what_it_is_for,
    tree_rules.libraries_parse,
]


@pytest.fixture(scope="session")
def tree() -> dict[str, str]:
    """Every file that is or could be committed."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        check=True,
        capture_output=True,
    ).stdout.decode()
    paths = [path for path in listed.split("\0") if path and (ROOT / path).is_file()]
    assert len(paths) > 50
    return {path: (ROOT / path).read_bytes().decode("utf-8", "surrogateescape") for path in paths}


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_the_tree(rule: Rule, tree: dict[str, str]) -> None:
    assert rule(tree) == []


BOARD = '{"build": {"mcu": "nrf52840"}, "fieldmouse": {"chip": "nrf52840", "shared": ["family"]}}'
HOME = "/".join(["", "hom" + "e", "somebody", "x"])
GOOD = {
    "boards/nrf52840.json": BOARD,
    "lib/port/port.h": "/* The contract between firmware and chip. */\n",
    "lib/port/library.json": '{"name": "port", "version": "1"}',
    "lib/port/chip/chip.h": "/* Registers of the chip. */\n#define R (*(volatile uint32_t *)0x40000000)\n",
    "lib/port/chip/port.c": '/* One chip of many. */\n#include "../port.h"\n#include "../family/family.h"\n#include "chip.h"\n#ifdef __AVR__\n#endif\n',
    "lib/port/family/family.h": "/* What chips of a family share. */\n",
    "lib/port/host/port.c": "/* The build machine's port. */\n#include <stdlib.h>\nvoid f(void) { free(0); }\n",
    "lib/line/line.h": "/* Lines: no malloc(), 0.5 float, volatile or printf(). */\n#include <stdint.h>\n",
    "lib/line/line.c": '/* Lines in and out. */\n#include "line.h"\n#include "port.h"\nint x = 0x1E5, y = 10; char c[] = "1.5";\n',
    "lib/line/library.json": '{"name": "line", "version": "1", "dependencies": {"port": "*"}}',
    "lib/node/main.c": "/* The one main loop. */\n#include STRING(APP.h)\n",
    "lib/node/library.json": '{"name": "node", "version": "1", "dependencies": {"line": "*"}}',
    "lib/emlearn/emlearn.c": '/* The one C file. */\n#include <eml_trees.h>\n#include "emlearn_models.h"\n',
    "lib/emlearn/library.json": '{"name": "emlearn", "version": "1"}',
    "apps/cow/app.ini": "; The envs of cow.\n[cow]\nlib_deps =\n    line\n    port\n",
    "apps/cow/dsp.toml": '[bark]\ndesign = "mel"\n',
    "apps/cow/cow.h": "/* What a cow does. */\n",
    "apps/cow/cow.c": '/* What a cow does. */\n#include "cow.h"\n#include "cow_model.h"\n#include "cow_dsp.h"\n#include "line.h"\n#ifdef COW_SMALL\n#endif\n',
    "apps/sheep/sheep.h": "/* What a sheep does. */\n",
    "orchestrator/project.py": '"""Where things are."""\nDEFAULT_APP = "cow"\n',
    "inv": '#!/usr/bin/env python3\n"""Makes the environment."""\n',
}


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_a_good_tree(rule: Rule) -> None:
    assert rule(GOOD) == []


C = "/* Some lines of C. */\n"
BAD = [
    *(
        (c_rules.no_heap_no_printf, path, C + line)
        for path in ("lib/dsp/dsp.c", "apps/cow/cow.c", "lib/port/chip/port.c")
        for line in (
            "p = malloc(3);",
            "p = calloc (3, 1);",
            "p = realloc(p, 3);",
            "free(p);",
            "p = alloca(3);",
            'printf("x");',
            "vsnprintf(p, 3, q, r);",
            "puts(p);",
            "#include <stdlib.h>",
            "# include <stdio.h>",
        )
    ),
    *(
        (c_rules.no_float, path, C + line)
        for path in (
            "lib/dsp/dsp.h",
            "lib/line/line.c",
            "lib/source/a.c",
            "lib/node/node.c",
            "lib/model/model.h",
            "apps/cow/cow.c",
        )
        for line in ("float x;", "double x;", "x = 1.5;", "x = .5f;", "x = 1.f;", "x = 1e3;", "#include <math.h>")
    ),
    *(
        (c_rules.registers_in_port_only, path, C + line)
        for path in ("lib/node/node.c", "apps/cow/cow.c")
        for line in (
            "volatile int x;",
            'asm("nop");',
            "*(uint32_t *)0x40002000 = 1;",
            '#include "chip.h"',
            '#include "../port/chip/chip.h"',
            "#ifdef NRF52840",
            "#ifdef __AVR__",
            "#ifndef __linux__",
            "#if defined(BOARD_A)",
            "#elif defined(__ARM_ARCH)",
            "#if 1 && nrf52840_x",
        )
    ),
    (c_rules.emlearn_in_one_file, "lib/model/model.c", C + "#include <eml_trees.h>"),
    (c_rules.emlearn_in_one_file, "bench/dsp/ours/rfft.c", C + '#include "eml_fft.h"'),
    (c_rules.emlearn_in_one_file, "lib/emlearn/other.c", C + '#include "eml_net.h"'),
    (c_rules.emlearn_in_one_file, "apps/cow/cow.c", C + "#include <emlearn/eml_trees.h>"),
    (c_rules.includes_are_declared, "lib/node/node.c", C + '#include "port.h"'),
    (c_rules.includes_are_declared, "lib/line/line.c", C + '#include "node.h"'),
    (c_rules.includes_are_declared, "lib/line/line.c", C + '#include "../node/node.h"'),
    (c_rules.includes_are_declared, "lib/line/line.c", C + "#include <unistd.h>"),
    (c_rules.includes_are_declared, "lib/line/line.c", C + "#include STRING(APP.h)"),
    (c_rules.includes_are_declared, "lib/line/line.c", C + '#include "cow_model.h"'),
    (c_rules.includes_are_declared, "lib/port/chip/port.c", C + '#include "../other/other.h"'),
    (c_rules.includes_are_declared, "lib/port/chip/port.c", C + "#include <unistd.h>"),
    (c_rules.includes_are_declared, "apps/cow/cow.c", C + '#include "sheep.h"'),
    (c_rules.includes_are_declared, "apps/cow/cow.c", C + '#include "sheep_dsp.h"'),
    (c_rules.includes_are_declared, "apps/sheep/sheep.c", C + '#include "sheep_dsp.h"'),
    (c_rules.includes_are_declared, "apps/cow/cow.c", C + '#include "../sheep/sheep.h"'),
    (c_rules.includes_are_declared, "apps/cow/cow.c", C + '#include "sheep_model.h"'),
    (c_rules.includes_are_declared, "apps/cow/cow.c", C + '#include "node.h"'),
    (c_rules.includes_are_declared, "apps/cow/cow.c", C + "#include <eml_trees.h>"),
    *(
        (tree_rules.no_app_names, path, line)
        for path in ("tasks.py", "orchestrator/a.py", "lib/node/node.c", "platform/a.toml")
        for line in (
            "a cattle_t",
            "FIRE_ALARM",
            "grid-fault",
            "x = 'one_dollar'",
            "breathing rate",
            '    DEFAULT_APP = "cow"',
        )
    ),
    (tree_rules.no_app_names, "orchestrator/more.py", 'DEFAULT_APP = "cow"\n'),
    (tree_rules.no_test_folders, "test/test_a/a.py", ""),
    (tree_rules.no_test_folders, "test/host/test_a/a.py", ""),
    (tree_rules.no_large_files, "a.bin", "a" * 1_000_001),
    (tree_rules.no_registries, "a.md", "https://" + ".".join(["pypi", "org"]) + "/simple"),
    (tree_rules.no_paths_of_a_machine, "a.md", f"in {HOME}"),
    (tree_rules.no_paths_of_a_machine, "a.py", f'"{HOME}"'),
    (tree_rules.no_paths_of_a_machine, "a.py", "C:\\" + "Users\\somebody"),
    (tree_rules.says_what_it_is_for, "a.c", "#include <stdint.h>\n"),
    (tree_rules.says_what_it_is_for, "a.h", "\n/* What it is for. */\n"),
    (tree_rules.says_what_it_is_for, "a.py", "import os\n"),
    (tree_rules.says_what_it_is_for, "a.py", ""),
    (tree_rules.says_what_it_is_for, "a.py", '# A comment first.\n"""What it is for."""\n'),
    (tree_rules.says_what_it_is_for, "a", "#!/bin/sh\nset -e\n"),
    (tree_rules.says_what_it_is_for, "a.ini", "[a]\n"),
    (tree_rules.libraries_parse, "lib/line/library.json", "{"),
    (tree_rules.libraries_parse, "lib/line/library.json", '{"name": "lines", "version": "1"}'),
    (tree_rules.libraries_parse, "lib/line/library.json", '{"name": "line"}'),
    (
        tree_rules.libraries_parse,
        "lib/line/library.json",
        '{"name": "line", "version": "1", "dependencies": {"nine": "*"}}',
    ),
    (tree_rules.libraries_parse, "lib/new/new.c", C),
]


@pytest.mark.parametrize(
    ("rule", "path", "text"), BAD, ids=[f"{rule.__name__}-{path}-{n}" for n, (rule, path, _) in enumerate(BAD)]
)
def test_a_bad_file(rule: Rule, path: str, text: str) -> None:
    assert rule({**GOOD, path: text}) != []


# ---- no mutable state outside main and the ports ----

ELF_ONLY = pytest.mark.skipif(sys.platform != "linux", reason="the compiler of this machine makes no ELF")


def mutable_state(
    sources: list[Path], include: list[Path], system: list[Path], flags: list[str], folder: Path
) -> list[str]:
    """Every object that the compiler puts where it can be written."""
    flags = ["-std=c99", "-O0", *flags, *(f"-I{path}" for path in include)]
    flags += [part for path in system for part in ("-isystem", str(path))]
    broken = []
    for source in sources:
        target = folder / f"{source.stem}.o"
        command = [*host_compiler(), *flags, "-c", str(source), "-o", str(target)]
        done = subprocess.run(command, env=zig_environment(), capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        with target.open("rb") as file:
            elf = ELFFile(file)
            for symbol in elf.get_section_by_name(".symtab").iter_symbols():
                where = symbol["st_shndx"]
                if symbol["st_info"]["type"] in ("STT_SECTION", "STT_FILE") or where in ("SHN_UNDEF", "SHN_ABS"):
                    continue
                section = None if where == "SHN_COMMON" else elf.get_section(where)
                if section and section.name.startswith(".data.rel.ro"):  # constant but for the loader
                    continue
                if section is None or section["sh_flags"] & SH_FLAGS.SHF_WRITE:
                    broken.append(f"{source.name}: {symbol.name} can be written")
    return broken


LIBRARIES = sorted(path.name for path in (ROOT / "lib").iterdir() if path.name not in ("port", *ENGINES))
LINE = ["-DBOARD=none", "-DNODE_LINE_BYTES=512", "-DNODE_WINDOW=4"]


@ELF_ONLY
@pytest.mark.parametrize("library", LIBRARIES)
def test_no_mutable_state_in_a_library(library: str, tmp_path: Path) -> None:
    sources = [path for path in sorted((ROOT / "lib" / library).glob("*.c")) if path.name != "main.c"]
    headers = [ROOT / "lib" / name for name in (*LIBRARIES, "port")]
    assert mutable_state(sources, headers, [], LINE, tmp_path) == []


@ELF_ONLY
@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize(("app", "variant"), sorted({(env.app, env.variant) for env in envs()}))
def test_no_mutable_state_in_an_app_and_its_model(app: str, variant: str, engine: str, tmp_path: Path) -> None:
    refresh(app, variant)
    sources = [*sorted((ROOT / "apps" / app).glob("*.c")), ROOT / "lib" / engine / f"{engine}.c"]
    headers = include_folders(app, model_folder(app, variant) / "include", engine)
    flags = [f"-D{app}_{variant}".upper()] if variant else []
    assert mutable_state(sources, headers, [emlearn_headers()], flags, tmp_path) == []


@ELF_ONLY
@pytest.mark.parametrize(
    "line",
    ["int x;", "static int x = 1;", "int f(void) { static int x; return x++; }", "static const char *x[] = {0};"],
)
def test_mutable_state_is_seen(line: str, tmp_path: Path) -> None:
    source = tmp_path / "bad.c"
    source.write_text(f"{line}\nvoid *use(void);\n")
    good = tmp_path / "good.c"
    good.write_text(
        'static const char *const x[] = {"a"};\nconst void *f(void) { static const int y = 1; return x[y]; }\n'
    )
    assert mutable_state([good], [], [], [], tmp_path) == []
    if "static const char" in line or "static int x = 1" in line:
        source.write_text(f"{line}\nvoid *use(void) {{ return (void *)&x; }}\n")
    assert len(mutable_state([source], [], [], [], tmp_path)) == 1


def test_there_is_something_to_check() -> None:
    assert apps()
    assert len(LIBRARIES) >= 4
