"""An ELF file's machine code: its functions, their lines, and what each does to the stack; thumb.py and avr.py read it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from elftools.elf.elffile import ELFFile

EXECUTABLE = 4
ENDLESS = 1 << 16  # bytes of stack, more than any function needs: a loop takes stack


class StackError(RuntimeError):
    """The worst case cannot be told; the message names the place and what to do."""


@dataclass
class Function:
    """What one function does to the stack, in bytes below its caller's stack pointer."""

    name: str
    start: int
    depth: int = 0
    calls: list[tuple[int, int]] = field(default_factory=list)  # (depth at the call, callee's address)
    indirect: list[tuple[int, int]] = field(default_factory=list)  # (depth at the call, the call's address)


class Image(ABC):
    """An ELF file's functions, code and line table."""

    def __init__(self, path: Path) -> None:
        self.path = path
        with path.open("rb") as file:
            elf = ELFFile(file)
            self.sections = [
                (s["sh_addr"], s.data())
                for s in elf.iter_sections()
                if s["sh_flags"] & EXECUTABLE and s["sh_type"] == "SHT_PROGBITS"
            ]
            table = elf.get_section_by_name(".symtab")
            self.symbols = [s for s in table.iter_symbols() if s["st_shndx"] != "SHN_UNDEF"]
            self.names: dict[int, list[str]] = {}
            for symbol in self.symbols:
                if self.is_function(symbol):
                    self.names.setdefault(symbol["st_value"] & ~1, []).append(symbol.name)
            self.starts = sorted(self.names)
            self._lines = self._line_table(elf)
            self.attributes = self.read_attributes(elf)
        self._line_at = [row[0] for row in self._lines]

    @abstractmethod
    def vectors(self) -> list[int]:
        """The functions in the vector table: reset's first, then each exception's and interrupt's."""

    @abstractmethod
    def analyse(self, start: int) -> Function:
        """Follow one function's control flow."""

    @property
    @abstractmethod
    def interrupt_frame(self) -> int:
        """Bytes that the CPU itself puts on the stack for an interrupt."""

    def is_function(self, symbol: Any) -> bool:
        """Whether a symbol names a function."""
        return symbol["st_info"]["type"] == "STT_FUNC"

    def read_attributes(self, _elf: ELFFile) -> Mapping[str, Any]:
        """What else an architecture wants from the file while it is open."""
        return {}

    def _line_table(self, elf: ELFFile) -> list[tuple[int, str, int]]:
        """Rows of (address, file, line). A sequence that starts where no function does is of code that was dropped."""
        rows: list[tuple[int, str, int]] = []
        if not elf.has_dwarf_info():
            return rows
        dwarf = elf.get_dwarf_info()
        for unit in dwarf.iter_CUs():
            program = dwarf.line_program_for_CU(unit)
            if program is None:
                continue
            folders, files, version = program["include_directory"], program["file_entry"], program["version"]
            first = 0 if version >= 5 else 1  # from version 5 on, number 0 is in the tables
            sequence: list[tuple[int, str, int]] = []
            for state in (entry.state for entry in program.get_entries() if entry.state):
                index, name = state.file - first, ""
                if 0 <= index < len(files):
                    folder = files[index].dir_index - first
                    name = files[index].name.decode()
                    name = f"{folders[folder].decode()}/{name}" if 0 <= folder < len(folders) else name
                sequence.append((state.address, name, 0 if state.end_sequence else state.line))
                if state.end_sequence:
                    rows += sequence if sequence[0][0] in self.names else []
                    sequence = []
        return sorted(rows, key=lambda row: (row[0], row[2] != 0))  # one's end before another's begin

    def bytes_at(self, address: int, end: int) -> bytes:
        """The image's bytes from `address` to `end`, within one section."""
        for base, data in self.sections:
            if base <= address < base + len(data):
                return data[address - base : max(0, end - base)]
        return b""

    def is_code(self, _address: int) -> bool:
        """Whether instructions are here, and not a table between them."""
        return True

    def name_of(self, address: int) -> str:
        """The function at an address; one with an offset for a place within a function, where hand-written code may jump
        to (libgcc's division does); empty where no function is."""
        if address in self.names:
            return self.names[address][0]
        at = bisect_right(self.starts, address) - 1
        if at < 0 or not self.is_code(address) or not self.bytes_at(address, address + 2):
            return ""
        return f"{self.names[self.starts[at]][0]}+{address - self.starts[at]:#x}"

    def end_of(self, start: int) -> int:
        """Where the function that starts at `start` can end at the latest."""
        at = bisect_right(self.starts, start)
        return self.starts[at] if at < len(self.starts) else start + 0x10000

    def line_of(self, address: int) -> tuple[str, int]:
        """Source file (from the project's root, or absolute) and line of an instruction."""
        at = bisect_right(self._line_at, address) - 1
        return (self._lines[at][1], self._lines[at][2]) if at >= 0 else ("", 0)
