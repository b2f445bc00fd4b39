"""Reads what a build needs from an ELF file (sizes, Intel HEX), so that no binutils are needed beside a compiler."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from pathlib import Path

PT_LOAD = 1
SHT_SYMTAB, SHT_NOBITS = 2, 8
SHF_WRITE, SHF_ALLOC = 1, 2


@dataclass(frozen=True)
class Section:
    address: int
    bytes: int
    in_file: bool
    writable: bool


@dataclass(frozen=True)
class Segment:
    load_address: int
    data: bytes


@dataclass(frozen=True)
class Symbol:
    address: int
    bytes: int
    name: str
    section: str


class NotElfError(ValueError):
    """The file is no little-endian ELF file (a Mach-O program, for example)."""


class Elf:
    """Sections that occupy memory, and segments that are loaded, of a little-endian ELF file of either class."""

    def __init__(self, path: Path) -> None:
        image = path.read_bytes()
        if image[:4] != b"\x7fELF" or image[5] != 1:
            raise NotElfError(str(path))
        wide = image[4] == 2
        head = struct.unpack_from("<HHIQQQIHHHHHH" if wide else "<HHIIIIIHHHHHH", image, 16)
        ph_offset, sh_offset, ph_bytes, ph_count, sh_bytes, sh_count = (head[i] for i in (4, 5, 8, 9, 10, 11))

        self._image, self._wide = image, wide
        # name, type, flags, address, offset, size, link
        layout = "<IIQQQQI" if wide else "<IIIIIII"
        self._headers = [struct.unpack_from(layout, image, sh_offset + i * sh_bytes) for i in range(sh_count)]
        self._names = self._headers[head[12]][4] if sh_count else 0

        self.sections: list[Section] = []
        for _, kind, flags, address, _, size, _ in self._headers:
            if flags & SHF_ALLOC and size:
                self.sections.append(Section(address, size, kind != SHT_NOBITS, bool(flags & SHF_WRITE)))

        self.segments: list[Segment] = []
        for i in range(ph_count):
            at = ph_offset + i * ph_bytes
            if wide:
                kind, _, offset, _, physical, in_file = struct.unpack_from("<IIQQQQ", image, at)
            else:
                kind, offset, _, physical, in_file = struct.unpack_from("<IIIII", image, at)
            if kind == PT_LOAD and in_file:
                self.segments.append(Segment(physical, image[offset : offset + in_file]))

        at = self.span(".config")  # the section's address is not kept by every linker
        self.config = image[at[0] : sum(at)] if at else b""

    def _text(self, at: int) -> str:
        return self._image[at : self._image.index(b"\0", at)].decode("utf-8", "replace")

    def span(self, wanted: str) -> tuple[int, int] | None:
        """Where in the file the section of that name is, and its size; None without one."""
        for name, kind, _, _, offset, size, _ in self._headers:
            if kind != SHT_NOBITS and size and self._text(self._names + name) == wanted:
                return offset, size
        return None

    @property
    def symbols(self) -> list[Symbol]:
        """What occupies memory and has a name, by address."""
        found = []
        for _, kind, _, _, offset, size, link in self._headers:
            if kind != SHT_SYMTAB:
                continue
            strings = self._headers[link][4]
            for at in range(offset, offset + size, 24 if self._wide else 16):
                if self._wide:
                    name, info, _, section, address, length = struct.unpack_from("<IBBHQQ", self._image, at)
                else:
                    name, address, length, info, _, section = struct.unpack_from("<IIIBBH", self._image, at)
                if info & 15 in (1, 2) and 0 < section < len(self._headers):  # objects and functions
                    where = self._text(self._names + self._headers[section][0])
                    found.append(Symbol(address, length, self._text(strings + name), where))
        return sorted(found, key=lambda s: (s.address, s.name))

    def flash_bytes(self) -> int:
        """Bytes that must be programmed: code, constants and the initial values of variables."""
        return sum(s.bytes for s in self.sections if s.in_file)

    def ram_bytes(self) -> int:
        """Bytes of variables and of whatever the linker script reserved, such as the stack."""
        return sum(s.bytes for s in self.sections if s.writable or not s.in_file)


def _record(kind: int, address: int, payload: bytes) -> str:
    body = struct.pack(">BHB", len(payload), address & 0xFFFF, kind) + payload
    return f":{body.hex().upper()}{-sum(body) & 0xFF:02X}\n"


def intel_hex(elf: Elf, config_address: int | None = None) -> str:
    """The loaded segments, and the .config words at their address, as Intel HEX with 16 bytes a record."""
    segments = list(elf.segments)
    if elf.config and config_address is not None:
        segments.append(Segment(config_address, elf.config))
    lines: list[str] = []
    upper = 0
    for segment in sorted(segments, key=lambda s: s.load_address):
        at = 0
        while at < len(segment.data):
            address = segment.load_address + at
            if address >> 16 != upper:
                upper = address >> 16
                lines.append(_record(4, 0, struct.pack(">H", upper)))
            n = min(16, len(segment.data) - at, 0x10000 - (address & 0xFFFF))
            lines.append(_record(0, address, segment.data[at : at + n]))
            at += n
    lines.append(_record(1, 0, b""))
    return "".join(lines)
