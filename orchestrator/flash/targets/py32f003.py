"""pyOCD user script: the target `py32f003` (32 kB of flash, 4 kB of RAM), its flash driven over SWD.

Addresses and bits: Puya's CMSIS header py32f003x6.h. Order of steps, and where the factory keeps the times of the flash for
each rate of HSI: Puya's driver py32f0xx_hal_flash.[ch], which follows the reference manual's chapter "Embedded flash".
"""

from __future__ import annotations

import struct

from orchestrator.flash.targets.swd_flash import KEY1, KEY2, Controller, register, wrong_chip

CPUID, PARTNO, CORTEX_M0PLUS = 0xE000ED00, 0xFFF0, 0xC600  # ARMv6-M ARM (DDI 0419C), B3.2.3

RCC_ICSCR, HSI_FS_SHIFT = 0x40021004, 13
FLASH = 0x40022000
KEYR, SR, CR = FLASH + 0x08, FLASH + 0x10, FLASH + 0x14
PG, PER, SER, PGSTRT, LOCK = 1 << 0, 1 << 1, 1 << 11, 1 << 19, 1 << 31  # of CR
EOP = 1 << 0  # of SR
# Times: register, which of the factory's words, its lowest bit there, its bits.
TIMES = (
    (FLASH + 0x100, 0, 0, 8),  # TS0
    (FLASH + 0x104, 0, 16, 9),  # TS1
    (FLASH + 0x108, 1, 0, 8),  # TS2P
    (FLASH + 0x10C, 1, 16, 11),  # TPS3
    (FLASH + 0x110, 0, 8, 8),  # TS3
    (FLASH + 0x114, 2, 0, 17),  # PERTPE
    (FLASH + 0x118, 3, 0, 17),  # SMERTPE
    (FLASH + 0x11C, 4, 0, 16),  # PRGTPE
    (FLASH + 0x120, 4, 16, 14),  # PRETPE
)
FACTORY_TIMES, TIMES_BYTES, RATES = 0x1FFF0F1C, 20, 5  # for 4, 8, 16, 22.12 and 24 MHz

BASE, BYTES, SECTOR_BYTES, PAGE_BYTES = 0x08000000, 0x8000, 0x1000, 128


class Py32f003(Controller):
    """Sectors of 4 kB, programmed a page of 32 words at a time, with times that must fit HSI's rate."""

    SR = SR
    BUSY = 1 << 16
    ERRORS = 1 << 4 | 1 << 15  # WRPERR, OPTVERR

    def times(self) -> tuple[int, ...]:
        """The factory's words for the rate at which HSI runs."""
        rate = self.target.read32(RCC_ICSCR) >> HSI_FS_SHIFT & 7
        at = FACTORY_TIMES + TIMES_BYTES * (rate if rate < RATES else 0)
        return tuple(self.target.read_memory_block32(at, TIMES_BYTES // 4))

    def check_chip(self) -> None:
        """The core, and the factory's words, which another chip does not have there: no register tells Puya's part number."""
        said = self.target.read32(CPUID)
        if said & PARTNO != CORTEX_M0PLUS or not {0, 0xFFFFFFFF}.isdisjoint(self.times()):
            raise wrong_chip("PY32F003", said)

    def unlock(self) -> None:
        """With the factory's times: without them what is written does not last."""
        self.target.write32(SR, self.ERRORS | EOP)
        if self.target.read32(CR) & LOCK:
            self.target.write32(KEYR, KEY1)
            self.target.write32(KEYR, KEY2)
        words = self.times()
        for register_address, word, shift, bits in TIMES:
            self.target.write32(register_address, words[word] >> shift & (1 << bits) - 1)

    def lock(self) -> None:
        self.target.write32(CR, LOCK)

    def erase_sector(self, address: int) -> None:
        """SER, then any word written into the sector."""
        self.target.write32(CR, SER)
        self.target.write32(address, 0xFF)
        self.wait("erasing", address)
        self.target.write32(SR, EOP)
        self.target.write32(CR, 0)

    def program_page(self, address: int, bytes: list[int]) -> None:
        """PG, 31 words, PGSTRT, and the last word, which starts it."""
        words = struct.unpack(f"<{PAGE_BYTES // 4}I", bytearray(bytes))
        self.target.write32(CR, PG)
        self.target.write_memory_block32(address, words[:-1])
        self.target.write32(CR, PG | PGSTRT)
        self.target.write32(address + PAGE_BYTES - 4, words[-1])
        self.wait("programming", address)
        self.target.write32(SR, EOP)
        self.target.write32(CR, 0)
        self.check_written(address, words)


register(
    "py32f003",
    "Puya",
    Py32f003,
    {"start": BASE, "length": BYTES, "sector_size": SECTOR_BYTES, "page_size": PAGE_BYTES},
    [(0x20000000, 0x1000)],
)
