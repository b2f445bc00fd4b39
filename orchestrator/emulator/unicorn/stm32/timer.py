"""General-purpose timers (RM0351 31.3, RM0433 43.3): counting up, overflow and four compares; nothing on pins."""

from __future__ import annotations

from ..clock import NEVER
from .block import Block

CR1, DIER, SR, EGR, CCMR1, CCMR2, CCER = 0x00, 0x0C, 0x10, 0x14, 0x18, 0x1C, 0x20
CNT, PSC, ARR, CCR1 = 0x24, 0x28, 0x2C, 0x34
CEN, UDIS, URS, OPM = 1, 2, 4, 8
OTHER_MODES = 0x370  # DIR, CMS, CKD
UIF = 1
COMPARES = 4


class Timer(Block):
    """A 16-bit counter of its kernel clock / (PSC + 1); PSC is taken over at an update, by overflow or EGR.UG."""

    registers = {  # noqa: RUF012
        CR1: 0, 0x04: 0, 0x08: 0, DIER: 0, CCMR1: 0, CCMR2: 0, CCER: 0, PSC: 0, ARR: 0xFFFF, **{CCR1 + 4 * n: 0 for n in range(4)},
    }  # fmt: skip

    def reset(self) -> None:
        super().reset()
        self.flags = 0
        self.psc = 0  # as taken over
        self.hz = 0
        self.held = 0  # the counter while it stands
        self.origin = 0  # CPU cycle at which the count would have been 0
        self.seen = 0  # ticks since origin whose events were raised

    def _running(self) -> bool:
        return bool(self.plain[CR1] & CEN) and self.clocked and self.hz > 0

    def _top(self) -> int:
        return self.plain[ARR] + 1

    def _ticks(self) -> int:
        return (self.soc.clock.now() - self.origin) * self.hz // (self.soc.clock.hz * (self.psc + 1))

    def _cycle(self, tick: int) -> int:
        """The CPU cycle at which `tick` ticks since `origin` are complete."""
        return self.origin - (-tick * self.soc.clock.hz * (self.psc + 1) // self.hz)

    def counter(self) -> int:
        return self._ticks() % self._top() if self._running() else self.held

    def _set(self, counter: int) -> None:
        """The count goes on from here, with what the registers say now."""
        self.held = self.seen = counter
        self.hz = self.soc.chip.clocks.kernel(self.soc.rcc, self.name)
        if self.hz:
            self.origin = self.soc.clock.now() + -counter * self.soc.clock.hz * (self.psc + 1) // self.hz
        self.replan()

    def clocks_changed(self) -> None:
        if self.plain[CR1] & CEN:
            self._set(self.counter())

    def _line(self) -> None:
        self.line(bool(self.flags & self.plain[DIER] & 0x1F))

    def _update(self) -> None:
        if not self.plain[CR1] & UDIS:
            self.psc = self.plain[PSC]

    def _next(self) -> dict[int, int]:
        """For each flag, the next tick (since origin) at which it is set."""
        if not self._running():
            return {}
        top = self._top()
        found = {} if self.plain[CR1] & UDIS else {UIF: (self.seen // top + 1) * top}
        for n in range(COMPARES):
            value = self.plain[CCR1 + 4 * n]
            if value < top:
                found[2 << n] = self.seen + ((value - self.seen) % top or top)
        return found

    def plan(self) -> None:
        """A flag that is set already changes nothing when it is set again, but for an overflow that takes over PSC."""
        self.due = self.urgent = NEVER
        if not self._running():
            return
        self.seen = max(self.seen, self._ticks())
        enabled = self.plain[DIER]
        for flag, tick in self._next().items():
            if not self.flags & flag or (flag == UIF and (self.psc != self.plain[PSC] or self.plain[CR1] & OPM)):
                at = self._cycle(tick)
                self.due = min(self.due, at)
                if enabled & flag:
                    self.urgent = min(self.urgent, at)

    def fire(self, now: int, _horizon: int) -> None:
        coming = self._next()
        tick = self._ticks()
        self.seen = tick
        self.flags |= sum(flag for flag, at in coming.items() if at == tick)
        if coming.get(UIF) == tick:
            if self.plain[CR1] & OPM:
                self.plain[CR1] &= ~CEN
                self.held = 0
            if self.psc != self.plain[PSC]:
                self._update()
                self._set(0)
        self._line()
        self.plan()

    def read_word(self, offset: int) -> int:
        if offset == CNT:
            return self.counter()
        if offset == SR:
            return self.flags
        return 0 if offset == EGR else super().read_word(offset)

    def write_word(self, offset: int, value: int) -> None:
        if offset == SR:
            self.flags &= value
            self._line()
            self.replan()
        elif offset == CNT:
            self._set(value & 0xFFFF)
        elif offset == EGR:
            if value & 1:
                self._update()
                if not self.plain[CR1] & (UDIS | URS):
                    self.flags |= UIF
                self._line()
                self._set(0)
        else:
            held = self.counter()
            super().write_word(offset, value & 0xFFFF)
            if offset in (CR1, ARR):
                self._set(held)

    def written(self, offset: int, value: int, old: int) -> None:
        if offset == CR1 and value & OTHER_MODES:
            self.tell("mode", 0, f"{self.name}.CR1 is 0x{value:04X}: this emulator's timers only count up")
        if offset == DIER:
            self._line()
        self.replan()
