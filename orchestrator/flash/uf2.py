"""UF2: the file form that the RP2040's boot ROM takes on its drive, and where that drive is.

The form: the UF2 specification of Microsoft (github.com/microsoft/uf2), "File format"; what the boot ROM accepts: RP2040
Datasheet 2.8.4.2. Blocks of 512 bytes carry 256 each, at multiples of 256, with the family 0xE48BFF56.
"""

from __future__ import annotations

import struct
import time
from collections.abc import Iterable
from pathlib import Path

import psutil
from elftools.elf.elffile import ELFFile

from orchestrator.flash.errors import FlashError

MAGIC_START0, MAGIC_START1, MAGIC_END = 0x0A324655, 0x9E5D5157, 0x0AB16F30
FAMILY_PRESENT = 0x2000
PAYLOAD = 256
INFO = "INFO_UF2.TXT"
LABELS = Path("/dev/disk/by-label")  # where Linux shows a drive that nobody has mounted


def segments(image: Path) -> list[tuple[int, bytes]]:
    """What an ELF file loads: (physical address, bytes)."""
    with image.open("rb") as file:
        rows = [(s["p_paddr"], s.data()) for s in ELFFile(file).iter_segments("PT_LOAD") if s["p_filesz"]]
    return sorted(rows)


def to_uf2(parts: Iterable[tuple[int, bytes]], family: int) -> bytes:
    """The UF2 file of an image's parts; what lies between them within a block is 0xFF, as erased flash has it."""
    pages: dict[int, bytearray] = {}
    for address, data in parts:
        for at, byte in enumerate(data, address):
            pages.setdefault(at - at % PAYLOAD, bytearray(b"\xff" * PAYLOAD))[at % PAYLOAD] = byte
    blocks = []
    for number, (address, page) in enumerate(sorted(pages.items())):
        head = (MAGIC_START0, MAGIC_START1, FAMILY_PRESENT, address, PAYLOAD, number, len(pages), family)
        blocks.append(struct.pack("<8I476sI", *head, bytes(page), MAGIC_END))
    return b"".join(blocks)


def mounted() -> list[Path]:
    """Where drives are mounted, on every system that psutil knows."""
    return [Path(row.mountpoint) for row in psutil.disk_partitions(all=False)]


def board_of(drive: Path) -> str:
    """The `Board-ID` in a drive's INFO_UF2.TXT, or "" for a drive without one."""
    try:
        text = (drive / INFO).read_text(encoding="ascii", errors="replace")
    except OSError:
        return ""
    rows = (line.partition(":") for line in text.splitlines())
    return next((value.strip() for key, _, value in rows if key.strip().lower() == "board-id"), "")


def find_drive(board_id: str, wanted: str = "") -> Path | None:
    """The drive of a board in its boot ROM; None when there is none.

    FlashError for several, for one of another board, and for one that is there but not mounted.
    """
    drives = {drive: board_of(drive) for drive in ([Path(wanted)] if wanted else mounted())}
    found = [drive for drive, said in drives.items() if said == board_id]
    if len(found) > 1:
        listed = ", ".join(str(drive) for drive in found)
        raise FlashError(f"several boards wait for an image: choose a drive with --probe: {listed}")
    if found:
        return found[0]
    others = [f"{drive} says {said}" for drive, said in drives.items() if said]
    if wanted or others:
        raise FlashError(f"no drive of board {board_id}: {'; '.join(others) or f'{wanted} has no {INFO}'}")
    if (LABELS / board_id).exists():
        raise FlashError(f"the drive {board_id} is there but not mounted: udisksctl mount -b {LABELS / board_id}")
    return None


def write_drive(drive: Path, data: bytes, timeout_s: float) -> None:
    """Write an image to the drive and wait until it goes, which it does when the board restarts with all of it."""
    try:
        with (drive / "firmware.uf2").open("wb", buffering=0) as file:
            view = memoryview(data)
            while view:
                view = view[file.write(view) :]
    except OSError as error:
        if (drive / INFO).exists():
            raise FlashError(
                f"writing to {drive} failed ({error}): the board may be half flashed; press BOOTSEL, plug it in, flash again"
            ) from None
    deadline = time.monotonic() + timeout_s
    while (drive / INFO).exists():
        if time.monotonic() > deadline:
            raise FlashError(f"{drive} took the image and did not restart: press BOOTSEL, plug it in, flash again")
        time.sleep(0.1)
