"""IWDG: the watchdog that counts LSI (RM0351 36.3, RM0433 46.3); every reset stops it again."""

from __future__ import annotations

from ..clock import NEVER
from .block import Block

KR, PR, RLR, SR, WINR = 0x00, 0x04, 0x08, 0x0C, 0x10
START, UNLOCK, RELOAD = 0xCCCC, 0x5555, 0xAAAA
ARRIVES_LSI = 5  # LSI cycles that a written PR or RLR takes, during which SR says so
BUSY = {PR: 1, RLR: 2, WINR: 4}


class Iwdg(Block):
    """Resets the chip when it was not reloaded in time. The window is not modelled."""

    registers = {PR: 0, RLR: 0xFFF, WINR: 0xFFF}  # noqa: RUF012

    def reset(self) -> None:
        super().reset()
        self.running = self.unlocked = False
        self.arrives: dict[int, int] = {}

    def _lsi(self, cycles: int) -> int:
        return cycles * self.soc.clock.hz // self.soc.lsi_hz()

    def _reload(self) -> None:
        if self.running:
            period = (self.plain[RLR] + 1) * (4 << min(self.plain[PR] & 7, 6))
            self.due = self.urgent = self.soc.clock.now() + self._lsi(period)
            self.soc.clock.changed(self)

    def fire(self, now: int, _horizon: int) -> None:
        self.due = self.urgent = NEVER
        self.soc.core.reset_cause = "watchdog"

    def read_word(self, offset: int) -> int:
        if offset == SR:
            now = self.soc.clock.now()
            return sum(BUSY[register] for register, at in self.arrives.items() if at > now)
        return 0 if offset == KR else super().read_word(offset)

    def write_word(self, offset: int, value: int) -> None:
        if offset == KR:
            self.unlocked = value == UNLOCK
            self.running = self.running or value == START
            if value in (START, RELOAD):
                self._reload()
        elif offset in BUSY and not self.unlocked:
            self.tell("locked", offset, f"write to IWDG+0x{offset:03X} without the key 0x5555, which hardware ignores")
        elif offset in BUSY and self.arrives.get(offset, 0) > self.soc.clock.now():
            self.tell("busy", offset, f"write to IWDG+0x{offset:03X} while SR says that the last one has not arrived")
        else:
            super().write_word(offset, value & 0xFFF)

    def written(self, offset: int, value: int, old: int) -> None:
        self.arrives[offset] = self.soc.clock.now() + self._lsi(ARRIVES_LSI)
