"""Two flash controllers behind a probe, stricter than silicon: what a reference manual asks for and is not done is refused.

Written from the same manuals as the drivers under test, and by the same hand.
"""

from __future__ import annotations

from flash_probe import Chip, Refused

KEYS = (0x45670123, 0xCDEF89AB)
BUSY_READS = 3  # how often the status says busy after an operation was started


class Controller(Chip):
    """What both have: the key, the status with its busy bit, and a control register that is locked after a reset."""

    base = 0x40022000
    lock_bit = 1 << 31
    busy_bit = 1 << 16

    def reset(self) -> None:
        super().reset()
        self.control = self.lock_bit
        self.status = 0
        self._keys: list[int] = []
        self._busy = 0

    def read(self, address: int) -> int:
        offset = address - self.base
        if offset == 0x10:
            self._busy -= self._busy > 0
            return self.status | (self.busy_bit if self._busy else 0)
        if offset == 0x14:
            return self.control
        if self._busy and self.in_flash(address):
            raise Refused("flash was read while it was busy")
        return super().read(address)

    def write(self, address: int, value: int) -> None:
        offset = address - self.base
        if self._busy and (self.in_flash(address) or offset == 0x14):
            raise Refused(f"a write to {address:#x} while flash is busy")
        if self.in_flash(address):
            if self.control & self.lock_bit:
                raise Refused("flash is locked")
            if not self._halted:
                raise Refused("the firmware still runs")
            self.write_flash(address, value)
        elif offset == 0x08:
            self._keys.append(value)
            if tuple(self._keys[-2:]) == KEYS:
                self.control &= ~self.lock_bit
        elif offset == 0x10:
            self.status &= ~value
        elif offset == 0x14:
            if self.control & self.lock_bit:
                raise Refused("FLASH_CR is locked")
            self.write_control(value)
        else:
            super().write(address, value)

    def start(self) -> None:
        self._busy = BUSY_READS

    def erase(self, address: int, length: int) -> None:
        at = address - self.flash_base
        self.flash[at : at + length] = b"\xff" * length
        self.start()

    def write_control(self, value: int) -> None:
        self.control = value

    def write_flash(self, address: int, value: int) -> None:
        raise NotImplementedError


class Stm32l476(Controller):
    """Double words, erased ones only; pages of 2 kB in two banks. RM0351, 3.3 and 3.7."""

    cpuid, scs_part = 0x410FC241, 0x00C
    flash_bytes = 0x100000
    device = 0x10076415

    def __init__(self) -> None:
        super().__init__()
        self.words[0xE0042000] = self.device
        self._low: tuple[int, int] | None = None
        self.words[self.base] = 0x600  # ACR after reset: both caches are on

    def write_control(self, value: int) -> None:
        if value & 1 << 16:  # STRT
            if not value & 2:
                raise Refused("STRT without PER")
            page = (value >> 3 & 0xFF) + 256 * (value >> 11 & 1)
            self.erase(self.flash_base + 0x800 * page, 0x800)
            value &= ~(1 << 16)
        super().write_control(value)

    def write_flash(self, address: int, value: int) -> None:
        if not self.control & 1:
            raise Refused("a word without PG")
        if self.status & 0xC3FA:
            raise Refused("programming with an error pending")
        if self._low is None:
            if address % 8:
                self.status |= 1 << 7  # PGSERR
                return
            self._low = (address, value)
            return
        (start, low), self._low = self._low, None
        at = start - self.flash_base
        if address != start + 4 or self.flash[at : at + 8] != b"\xff" * 8:
            self.status |= 1 << 7 if address != start + 4 else 1 << 3  # PGSERR, PROGERR
            return
        self.flash[at : at + 8] = low.to_bytes(4, "little") + value.to_bytes(4, "little")
        self.start()


# Offset of each register of times: which of the factory's words, its lowest bit there, its width.
TIMES = {
    0x100: (0, 0, 8), 0x104: (0, 16, 9), 0x108: (1, 0, 8), 0x10C: (1, 16, 11), 0x110: (0, 8, 8),
    0x114: (2, 0, 17), 0x118: (3, 0, 17), 0x11C: (4, 0, 16), 0x120: (4, 16, 14),
}  # fmt: skip


class Py32f003(Controller):
    """Pages of 32 words; what is erased or written with other times than the factory's for HSI's rate does not hold."""

    cpuid, scs_part, ap_idr = 0x410CC601, 0x008, 0x04770031
    flash_bytes = 0x8000
    rate = 1  # HSI_FS after reset: 8 MHz

    def __init__(self) -> None:
        super().__init__()
        self.words[0x40021004] = 0x10003000 & ~(7 << 13) | self.rate << 13
        for n in range(25):
            self.words[0x1FFF0F1C + 4 * n] = 0x12345678 + 0x01010101 * n & 0x7FFFFFFF
        self._page: list[int] = []

    def check_times(self) -> None:
        for offset, (word, shift, width) in TIMES.items():
            factory = self.words[0x1FFF0F1C + 20 * self.rate + 4 * word] >> shift & (1 << width) - 1
            if self.words.get(self.base + offset) != factory:
                raise Refused(f"the time at {offset:#x} is {self.words.get(self.base + offset)}, not {factory}")

    def write_flash(self, address: int, value: int) -> None:
        self.check_times()
        if self.control & 1 << 11:  # SER
            self.erase(address & ~0xFFF, 0x1000)
        elif self.control & 1:  # PG
            if address % 128 != 4 * len(self._page):
                raise Refused("the words of a page are not in order")
            last = len(self._page) == 31
            if bool(self.control & 1 << 19) != last:
                raise Refused("PGSTRT belongs before the last word, and only there")
            self._page.append(value)
            if last:
                at = (address & ~127) - self.flash_base
                data = b"".join(word.to_bytes(4, "little") for word in self._page)
                old = self.flash[at : at + 128]
                self.flash[at : at + 128] = bytes(a & b for a, b in zip(old, data, strict=True))
                self._page = []
                self.start()
        else:
            raise Refused("a word without PG or SER")
