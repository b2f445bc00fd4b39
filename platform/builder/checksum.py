"""Fills in the checksum of a boot block: the last word of the section `.boot`, over all that is before it.

The CRC-32 is the one that RP2040's boot ROM computes (RP2040 Datasheet 2.8.1.3.1): polynomial 0x04C11DB7, initial value
0xFFFFFFFF, most significant bit first, no final inversion. The build id was made before and stays: the word follows
from bytes that it covers.
"""

from __future__ import annotations

import struct
from pathlib import Path

import elf

SECTION = ".boot"
POLYNOMIAL, INITIAL, MASK = 0x04C11DB7, 0xFFFFFFFF, 0xFFFFFFFF


class ChecksumError(ValueError):
    """An image without the boot block that its board needs."""


def crc32(data: bytes) -> int:
    """CRC-32/MPEG-2: "123456789" gives 0376E6E7."""
    crc = INITIAL
    for byte in data:
        crc ^= byte << 24
        for _ in range(8):
            crc = (crc << 1 ^ (POLYNOMIAL if crc >> 31 else 0)) & MASK
    return crc


def seal(path: Path) -> None:
    """Writes the checksum into the ELF file at `path`."""
    at = elf.Elf(path).span(SECTION)
    if at is None:
        raise ChecksumError(f"{path.name} has no section {SECTION}, and its board cannot boot without one")
    offset, size = at
    with path.open("r+b") as file:
        file.seek(offset)
        block = file.read(size - 4)
        file.write(struct.pack("<I", crc32(block)))
