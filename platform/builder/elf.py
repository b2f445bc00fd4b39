"""Reads what a build needs from an ELF file (sizes, Intel HEX), so that no binutils are needed beside a compiler."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from pathlib import Path

PT_LOAD = 1
SHT_NOBITS = 8
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


class NotElf(ValueError):
    """The file is no little-endian ELF file (a Mach-O program, for example)."""


class Elf:
    """Sections that occupy memory, and segments that are loaded, of a little-endian ELF file of either class."""

    def __init__(self, path: Path) -> None:
        image = path.read_bytes()
        if image[:4] != b"\x7fELF" or image[5] != 1:
            raise NotElf(str(path))
        wide = image[4] == 2
        head = struct.unpack_from("<HHIQQQIHHHHHH" if wide else "<HHIIIIIHHHHHH", image, 16)
        ph_offset, sh_offset, ph_bytes, ph_count, sh_bytes, sh_count = (head[i] for i in (4, 5, 8, 9, 10, 11))

        self.sections: list[Section] = []
        for i in range(sh_count):
            at = sh_offset + i * sh_bytes
            fields = struct.unpack_from("<IIQQQQ" if wide else "<IIIIII", image, at)
            _, kind, flags, address, _, size = fields
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

    def flash_bytes(self) -> int:
        """Bytes that must be programmed: code, constants and the initial values of variables."""
        return sum(s.bytes for s in self.sections if s.in_file)

    def ram_bytes(self) -> int:
        """Bytes of variables and of whatever the linker script reserved, such as the stack."""
        return sum(s.bytes for s in self.sections if s.writable or not s.in_file)


def _record(kind: int, address: int, payload: bytes) -> str:
    body = struct.pack(">BHB", len(payload), address & 0xFFFF, kind) + payload
    return f":{body.hex().upper()}{-sum(body) & 0xFF:02X}\n"


def intel_hex(elf: Elf) -> str:
    """The loaded segments as Intel HEX with 32-bit addresses, 16 bytes a record."""
    lines: list[str] = []
    upper = 0
    for segment in sorted(elf.segments, key=lambda s: s.load_address):
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
