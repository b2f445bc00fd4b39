"""TWIM: the I²C controller with EasyDMA (nRF52840 PS v1.7, 6.31), and the bus behind it with its parts."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from ..clock import NEVER
from .block import Block

if TYPE_CHECKING:
    from ...parts import I2cPart

STARTRX, STARTTX, STOP, SUSPEND, RESUME = 0x000, 0x008, 0x014, 0x01C, 0x020
STOPPED, ERROR, SUSPENDED, RXSTARTED, TXSTARTED, LASTRX, LASTTX = 0x104, 0x124, 0x148, 0x14C, 0x150, 0x15C, 0x160
ERRORSRC, ENABLE, PSEL_SCL, PSEL_SDA, FREQUENCY = 0x4C4, 0x500, 0x508, 0x50C, 0x524
RXD_PTR, RXD_MAXCNT, RXD_AMOUNT, RXD_LIST = 0x534, 0x538, 0x53C, 0x540
TXD_PTR, TXD_MAXCNT, TXD_AMOUNT, TXD_LIST = 0x544, 0x548, 0x54C, 0x550
ADDRESS = 0x588
ENABLED, ANACK = 6, 1 << 1
BITS_A_BYTE = 9


class Twim(Block):
    """TWIM0. A direction is done at its end, in one piece; between a start and a stop the bus belongs to it."""

    name = "TWIM0"
    shorts = MappingProxyType(
        {
            7: (LASTTX, STARTRX), 8: (LASTTX, SUSPEND), 9: (LASTTX, STOP),
            10: (LASTRX, STARTTX), 11: (LASTRX, SUSPEND), 12: (LASTRX, STOP),
        }
    )  # fmt: skip
    read_only = frozenset({RXD_AMOUNT, TXD_AMOUNT})

    def reset(self) -> None:
        super().reset()
        self.tasks = {
            STARTRX: lambda: self._begin(RXD_MAXCNT),
            STARTTX: lambda: self._begin(TXD_MAXCNT),
            STOP: self._stop,
            SUSPEND: lambda: self.unknown("use of the task", SUSPEND),
            RESUME: lambda: self.unknown("use of the task", RESUME),
        }
        self.events = frozenset({STOPPED, ERROR, SUSPENDED, RXSTARTED, TXSTARTED, LASTRX, LASTTX})
        self.plain |= dict.fromkeys((ERRORSRC, ENABLE, *range(0x534, 0x544, 4), *range(0x544, 0x554, 4), ADDRESS), 0)
        self.plain |= {PSEL_SCL: 0xFFFFFFFF, PSEL_SDA: 0xFFFFFFFF, FREQUENCY: 0x04000000}
        self._doing: int | None = None  # RXD_MAXCNT, TXD_MAXCNT, or STOP
        self._end = NEVER

    def _bits(self, n: int) -> int:
        """Cycles that n bits take."""
        return max(1, n * self.soc.clock.hz * 2**32 // (max(1, self.plain[FREQUENCY]) * 16_000_000))

    def _part(self) -> I2cPart | None:
        now = self.soc.clock.now()
        found = [p for p in self.soc.parts if p.address == self.plain[ADDRESS] & 0x7F and p.present(now)]
        return found[0] if found else None

    def _begin(self, direction: int) -> None:
        if self.plain[ENABLE] != ENABLED or not self.soc.i2c_wired(self.plain[PSEL_SCL], self.plain[PSEL_SDA]):
            return
        n = self.plain[direction] & 0xFFFF
        if not self.soc.dma_ok(self.name, self.plain[direction - 4], n):
            return
        self._doing = direction
        self._end = NEVER
        if self.soc.data_is_free():  # a controller waits for a free bus, for ever (UM10204, 3.1.10)
            self._end = self.soc.clock.now() + self._bits(1 + BITS_A_BYTE * (1 + n if self._part() else 1))
        self.event(RXSTARTED if direction == RXD_MAXCNT else TXSTARTED)
        self.replan()

    def _stop(self) -> None:
        if self._doing is None or self._end != NEVER or self.soc.data_is_free():
            self._doing = STOP
            self._end = self.soc.clock.now() + self._bits(2)
            self.replan()

    def plan(self) -> None:
        self.due = self.urgent = self._end

    def fire(self, now: int, _horizon: int) -> None:
        doing, self._doing, self._end = self._doing, None, NEVER
        if doing == STOP:
            self.event(STOPPED)
        elif (part := self._part()) is None:
            self.plain[ERRORSRC] |= ANACK
            self.plain[doing + 4] = 0
            self.event(ERROR)
        else:
            n, pointer = self.plain[doing] & 0xFFFF, self.plain[doing - 4]
            if doing == TXD_MAXCNT:
                part.write(bytes(self.soc.uc.mem_read(pointer, n)), now)
            elif n:
                self.soc.uc.mem_write(pointer, part.read(n, now))
            self.plain[doing + 4] = n
            self.event(LASTRX if doing == RXD_MAXCNT else LASTTX)
            self.soc.parts_changed()
        self.plan()

    def write_word(self, offset: int, value: int) -> None:
        if offset == ERRORSRC:
            self.plain[ERRORSRC] &= ~value
        else:
            super().write_word(offset, value)

    def written(self, offset: int, value: int) -> None:
        if offset == ENABLE and value != ENABLED:
            self._doing, self._end = None, NEVER
            self.replan()
