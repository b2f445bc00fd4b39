"""What the house's C may not do: each rule takes files (path from the root: text) and returns what breaks it."""

from __future__ import annotations

import configparser
import json
import re
from collections.abc import Iterator, Mapping
from pathlib import PurePosixPath

Files = Mapping[str, str]

# ISO/IEC 9899:1999, 7: its headers but the floating-point, file and locale ones, and those that need an OS.
STANDARD = {
    "assert.h",
    "errno.h",
    "inttypes.h",
    "iso646.h",
    "limits.h",
    "stdbool.h",
    "stddef.h",
    "stdint.h",
    "string.h",
}
COMPILER = {"arm_acle.h"}  # Arm's own header of intrinsics, which only lib/port may include
COMPUTED_INCLUDE = "lib/node/main.c"  # the one file that includes by macro: the env's app
EMLEARN = "lib/emlearn/emlearn.c"
_BENCHED = re.compile(r"bench/\w+/emlearn/")
GENERATED = {EMLEARN: {"eml_trees.h", "emlearn_models.h"}, "lib/compact/compact.c": {"compact_models.h"}}

_TOKEN = re.compile(r"/\*.*?\*/|//[^\n]*|\"(?:\\.|[^\"\\\n])*\"|'(?:\\.|[^'\\\n])*'", re.DOTALL)
_INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*(?:<([^>]+)>|"([^"]+)"|(\S+))', re.MULTILINE)
_HEAP = re.compile(r"\b(malloc|calloc|realloc|free|alloca|strdup|\w*printf|\w*scanf|puts|putchar)\s*\(")
_FLOAT = re.compile(r"\b(float|double|_Complex)\b|\b\d+\.\d*|(?<![\w.])\.\d+|(?<!\w)\d+[eE][-+]?\d")
_REGISTER = re.compile(r"\b(volatile|asm|__asm__|__asm)\b|\*\s*\)\s*0[xX][0-9a-fA-F]{5,}")
_CONDITION = re.compile(r"^[ \t]*#[ \t]*(?:el)?if(?:n?def)?\b(.*)$", re.MULTILINE)
_CHIP = re.compile(
    r"__(?:ARM|AVR|arm|aarch64|avr|thumb|riscv|xtensa|linux|APPLE|x86_64)|_WIN32|\bBOARD|\bCHIP|\bPORT_CPU", re.ASCII
)


def code(text: str, strings: bool = True) -> str:
    """C without comments, each as many lines as before; without the content of strings unless those are wanted."""

    def blank(found: re.Match[str]) -> str:
        whole = found.group()
        if whole.startswith("/"):
            return " " + "\n" * whole.count("\n")
        return whole if strings else whole[0] * 2

    return _TOKEN.sub(blank, text)


def is_c(path: str) -> bool:
    return path.endswith((".c", ".h"))


def _under(files: Files, *rooms: str) -> Iterator[tuple[str, str]]:
    for path, text in files.items():
        if is_c(path) and path.startswith(rooms):
            yield path, text


def _found(path: str, text: str, pattern: re.Pattern[str], why: str) -> Iterator[str]:
    for found in pattern.finditer(text):
        yield f"{path}:{text.count(chr(10), 0, found.start()) + 1}: {found.group().strip()}: {why}"


def _includes(text: str) -> list[tuple[str, str]]:
    """The kind (system, own, computed) and the name of each include."""
    kinds = ("system", "own", "computed")
    return [next((k, n) for k, n in zip(kinds, found, strict=True) if n) for found in _INCLUDE.findall(code(text))]


def no_heap_no_printf(files: Files) -> list[str]:
    """No heap, no printf; the build machine's own port talks to an operating system."""
    broken = []
    for path, text in _under(files, "lib/", "apps/"):
        if not path.startswith("lib/port/host/"):
            broken += _found(path, code(text, strings=False), _HEAP, "no heap and no printf in firmware")
            broken += [
                f"{path}: <{name}>" for _, name in _includes(text) if name in ("stdlib.h", "stdio.h", "alloca.h")
            ]
    return broken


def no_float(files: Files) -> list[str]:
    """No floating point in the front end, the serial line and the apps."""
    rooms = ("lib/dsp/", "lib/line/", "lib/source/", "lib/node/", "lib/model/", "apps/")
    broken = []
    for path, text in _under(files, *rooms):
        bare = re.sub(r"^[ \t]*#[ \t]*include.*$", "", code(text, strings=False), flags=re.MULTILINE)
        broken += _found(path, bare, _FLOAT, "integers only")
        broken += [f"{path}: <{name}>" for _, name in _includes(text) if name in ("math.h", "tgmath.h", "float.h")]
    return broken


def registers_in_port_only(files: Files) -> list[str]:
    """Registers, chip headers and conditions on a chip or board only in lib/port."""
    chip_headers = {PurePosixPath(path).name for path in files if re.fullmatch(r"lib/port/\w+/\w+\.h", path)}
    names = {
        name for path, text in files.items() if re.fullmatch(r"boards/\w+\.json", path) for name in _names(path, text)
    }
    chips = re.compile("|".join([_CHIP.pattern, *(rf"(?i:\b_*{re.escape(name)})" for name in sorted(names))]))
    broken = []
    for path, text in _under(files, "lib/", "apps/"):
        if path.startswith("lib/port/"):
            continue
        broken += _found(path, code(text, strings=False), _REGISTER, "registers belong in lib/port")
        broken += [
            f"{path}: {name}: chip headers belong in lib/port"
            for _, name in _includes(text)
            if name.split("/")[-1] in chip_headers
        ]
        for condition in _CONDITION.findall(code(text)):
            broken += (
                [f"{path}: #if{condition}: what depends on a chip belongs in lib/port"]
                if chips.search(condition)
                else []
            )
    return broken


def _names(path: str, text: str) -> set[str]:
    facts = json.loads(text)
    return {PurePosixPath(path).stem, facts["build"]["mcu"], facts["fieldmouse"]["chip"]}


def emlearn_in_one_file(files: Files) -> list[str]:
    """emlearn's headers are included in one C file, and where the bench measures emlearn itself."""
    users = {
        path
        for path, text in files.items()
        if is_c(path) and not _BENCHED.match(path)
        for _, name in _includes(text)
        if name.split("/")[-1].startswith("eml_")
    }
    return [f"{path}: only {EMLEARN} includes emlearn's headers" for path in sorted(users - {EMLEARN})]


def _declared(library: str, files: Files) -> set[str]:
    about = json.loads(files.get(f"lib/{library}/library.json", "{}"))
    return set(about.get("dependencies") or ())


def _lib_deps(app: str, files: Files) -> set[str]:
    parser = configparser.ConfigParser(interpolation=None, inline_comment_prefixes=(";",))
    parser.read_string(files.get(f"apps/{app}/app.ini", ""))
    return {name for section in parser.sections() for name in parser.get(section, "lib_deps", fallback="").split()}


def includes_are_declared(files: Files) -> list[str]:
    """A library sees itself, the libraries that it declares and the C standard; an app also its generated model
    and, with a dsp.toml, its tables."""
    broken = []
    for path, text in _under(files, "lib/", "apps/"):
        room, owner, *rest = path.split("/")
        if (room, owner) == ("lib", "port"):
            broken += _port_includes(path, rest[0], text, files)
            continue
        libraries = (_declared(owner, files) | {owner}) if room == "lib" else _lib_deps(owner, files)
        seen = {f"lib/{library}/" for library in libraries} | ({f"apps/{owner}/"} if room == "apps" else set())
        generated = GENERATED.get(path, set()) | ({f"{owner}_model.h"} if room == "apps" else set())
        if f"{room}/{owner}/dsp.toml" in files:
            generated = generated | {f"{owner}_dsp.h"}
        for kind, name in _includes(text):
            if kind == "computed":
                fits = path == COMPUTED_INCLUDE
            elif name in generated:
                fits = True
            elif kind == "system":
                fits = name in STANDARD
            else:
                fits = any(f"{folder}{name}" in files for folder in seen)
            if not fits:
                broken.append(f"{path}: includes {name}, which {room}/{owner} does not declare")
    return broken


def _shared(files: Files) -> set[str]:
    """The folders of lib/port that chips share, as the boards tell."""
    boards = [json.loads(text)["fieldmouse"] for path, text in files.items() if re.fullmatch(r"boards/\w+\.json", path)]
    return {folder for facts in boards for folder in facts["shared"]}


def _port_includes(path: str, chip: str, text: str, files: Files) -> list[str]:
    """A port sees its own chip, what chips share, and the contract."""
    if chip == "host":
        return []
    broken = []
    for kind, name in _includes(text):
        plain = name.removeprefix("../")
        folder = plain.split("/")[0] if "/" in plain else chip
        if kind == "computed" or (kind == "system" and name not in STANDARD | COMPILER):
            broken.append(f"{path}: includes {name}")
        elif kind == "own" and folder not in {chip, *_shared(files)}:
            broken.append(f"{path}: includes {name}, another chip's")
    return broken
