"""Engines as linked ELFs: each source compiled once for a core and a set of flags, then linked with what it needs."""

from __future__ import annotations

import hashlib
import subprocess
from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path
from threading import Lock

from elftools.elf.elffile import ELFFile
from elftools.elf.sections import SymbolTableSection

from orchestrator.bench.contract import Engine
from orchestrator.emulator.unicorn.bare import compile_object, link

ENTRIES = ["setup", "run"]
FRAME = "void setup(void);\nvoid run(void);\nvoid setup(void) {}\nvoid run(void) {}\n"
ALLOCATED, WRITTEN = 2, 1  # sh_flags


@dataclass(frozen=True)
class Sizes:
    """Bytes of an ELF: what flash holds (code, constants, first values of data), and what RAM holds (data and bss)."""

    flash: int
    ram: int

    def __sub__(self, other: Sizes) -> Sizes:
        return Sizes(self.flash - other.flash, self.ram - other.ram)


def sizes(elf: Path, spared: Sequence[str] = ()) -> Sizes:
    """Adds up the sections that are in memory; objects in `spared` are left out of the flash."""
    flash = ram = 0
    with elf.open("rb") as file:
        for section in ELFFile(file).iter_sections():
            if isinstance(section, SymbolTableSection):
                flash -= sum(symbol["st_size"] for symbol in section.iter_symbols() if symbol.name in spared)
            if section["sh_flags"] & ALLOCATED:
                flash += section["sh_size"] if section["sh_type"] != "SHT_NOBITS" else 0
                ram += section["sh_size"] if section["sh_flags"] & WRITTEN else 0
    return Sizes(flash, ram)


class Builder:
    """Compiles and links into one folder; may be asked from several threads."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._objects: dict[str, Future[Path]] = {}
        self._lock = Lock()
        self._writing = Lock()  # peers' generators change what all threads share: warnings, names of modules

    def _object(self, core: str, source: Path, flags: Sequence[str]) -> Path:
        """Compiled by whoever asks for it first; others wait for that."""
        key = hashlib.sha256("\0".join([core, str(source), *flags]).encode()).hexdigest()[:24]
        with self._lock:
            first = key not in self._objects
            held = self._objects.setdefault(key, Future())
        if first:
            try:
                held.set_result(compile_object(self._folder / f"{source.stem}-{key}.o", core, source, list(flags)))
            except BaseException as error:
                held.set_exception(error)
        return held.result()

    def _headers(self, engine: Engine) -> list[str]:
        with self._writing:
            headers = engine.headers() if callable(engine.headers) else engine.headers
            if not headers:
                return []
            folder = self._folder / hashlib.sha256(repr(sorted(headers.items())).encode()).hexdigest()[:24]
            if not folder.exists():  # another compiler may be reading it
                folder.mkdir()
                for name, text in headers.items():
                    (folder / name).write_text(text, encoding="utf-8")
        return [f"-I{folder}"]

    def elf(self, engine: Engine, core: str) -> Path:
        """The engine's ELF: its two functions, its arrays, and what they need. Raises BareError with the compiler's words."""
        adapters, library = engine.sources[: engine.adapters], engine.sources[engine.adapters :]
        flags = [*engine.flags, *self._headers(engine)]
        objects = [self._object(core, source, flags) for source in adapters]
        objects += [self._object(core, source, engine.flags) for source in library]
        target = self._folder / f"{engine.case}-{engine.name}-{core}.elf"
        return link(target, core, objects, engine.flags, [*ENTRIES, *engine.outputs])

    def frame(self, core: str) -> Sizes:
        """What the same ELF takes with no case in it."""
        source = self._folder / "frame.c"
        source.write_text(FRAME, encoding="utf-8")
        return sizes(link(self._folder / f"frame-{core}.elf", core, [source], ["-Os"], ENTRIES))


def compiler_version() -> str:
    """The compiler that makes them, by its own name."""
    done = subprocess.run(["arm-none-eabi-gcc", "--version"], capture_output=True, text=True, check=True)
    return done.stdout.splitlines()[0]
