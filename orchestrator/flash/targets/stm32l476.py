"""pyOCD user script: the target `stm32l476`, its flash driven over SWD.

From ST's RM0351 (reference manual of the STM32L4x5 and L4x6): 3.3.5 erase, 3.3.7 programming, 3.7 registers, 48.6.1 DBGMCU_IDCODE.
"""

from __future__ import annotations

import struct

from orchestrator.flash.targets.swd_flash import KEY1, KEY2, Controller, register, wrong_chip

IDCODE, DEV_ID, STM32L4X5_L4X6 = 0xE0042000, 0xFFF, 0x415  # 48.6.1

FLASH = 0x40022000
ACR, KEYR, SR, CR = FLASH + 0x00, FLASH + 0x08, FLASH + 0x10, FLASH + 0x14  # 3.7.1, 3.7.3, 3.7.5, 3.7.6
ICEN, DCEN, ICRST, DCRST = 1 << 9, 1 << 10, 1 << 11, 1 << 12  # of ACR
PG, PER, PNB_SHIFT, BKER, START, LOCK = 1 << 0, 1 << 1, 3, 1 << 11, 1 << 16, 1 << 31  # of CR

BASE, BYTES, PAGE_BYTES, BANK_BYTES = 0x08000000, 0x100000, 0x800, 0x80000  # 3.3.1


class Stm32l4(Controller):
    """Pages of 2 kB in two banks, programmed in double words."""

    SR = SR
    BUSY = 1 << 16
    ERRORS = 0xC3FA  # OPTVERR, RDERR, FASTERR, MISERR, PGSERR, SIZERR, PGAERR, WRPERR, PROGERR, OPERR

    def check_chip(self) -> None:
        said = self.target.read32(IDCODE) & DEV_ID
        if said != STM32L4X5_L4X6:
            raise wrong_chip("STM32L476", said)

    def unlock(self) -> None:
        """Caches off and empty, so that nothing old is read back; errors of before cleared (3.3.7: they stop programming)."""
        acr = self.target.read32(ACR) & ~(ICEN | DCEN)
        for value in (acr, acr | ICRST | DCRST, acr):  # they can be reset while they are off
            self.target.write32(ACR, value)
        self.target.write32(SR, self.ERRORS)
        if self.target.read32(CR) & LOCK:
            self.target.write32(KEYR, KEY1)
            self.target.write32(KEYR, KEY2)

    def lock(self) -> None:
        self.target.write32(CR, LOCK)

    def erase_sector(self, address: int) -> None:
        """3.3.5, page erase."""
        bank, offset = divmod(address - BASE, BANK_BYTES)
        page = PER | offset // PAGE_BYTES << PNB_SHIFT | (BKER if bank else 0)
        self.target.write32(CR, page)
        self.target.write32(CR, page | START)
        self.wait("erasing", address)
        self.target.write32(CR, 0)

    def program_page(self, address: int, bytes: list[int]) -> None:
        """3.3.7, standard programming: PG, then both words of a double word, then wait. Erased ones are left alone."""
        self.target.write32(CR, PG)
        words = struct.unpack(f"<{len(bytes) // 4}I", bytearray(bytes))
        for at, (low, high) in enumerate(zip(words[::2], words[1::2], strict=True)):
            if low & high != 0xFFFFFFFF:
                self.target.write32(address + 8 * at, low)
                self.target.write32(address + 8 * at + 4, high)
                self.wait("programming", address + 8 * at)
        self.target.write32(CR, 0)
        self.check_written(address, words)


register(
    "stm32l476",
    "STMicroelectronics",
    Stm32l4,
    {"start": BASE, "length": BYTES, "sector_size": PAGE_BYTES, "page_size": PAGE_BYTES},
    [(0x20000000, 0x18000), (0x10000000, 0x8000)],
)
