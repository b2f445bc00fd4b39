"""RTC (nRF52840 PS v1.7, 6.22) and TIMER (6.30)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..clock import NEVER
from .block import Block

if TYPE_CHECKING:
    from . import Nrf52840

LFCLK_HZ = 32768
TICK, OVRFLW = 0x100, 0x104
COMPARE, CC = 0x140, 0x540
START, STOP = 0x000, 0x004
EVTEN, EVTENSET, EVTENCLR = 0x340, 0x344, 0x348


class Rtc(Block):
    """A 24-bit counter of LFCLK / (PRESCALER + 1); an event needs its bit in EVTEN or INTEN to be generated."""

    TOP = 1 << 24

    def __init__(self, soc: Nrf52840, base: int, irq: int, channels: int, name: str) -> None:
        self.channels = channels
        self.name = name
        super().__init__(soc, base, irq)

    def reset(self) -> None:
        super().reset()
        self.tasks = {START: self.start, STOP: self.stop, 0x008: self.clear, 0x00C: self.trigger_overflow}
        self.events = frozenset({TICK, OVRFLW, *(COMPARE + 4 * n for n in range(self.channels))})
        self.plain |= {0x508: 0} | {CC + 4 * n: 0 for n in range(self.channels)}
        self.evten = 0
        self.running = False
        self.origin = 0  # LFCLK cycle at which the counter would have been 0
        self.held = 0
        self.seen = 0  # ticks since origin whose events were raised

    def _lfclk(self, now: int) -> int:
        return now * LFCLK_HZ // self.soc.clock.hz

    def _cycle(self, tick: int) -> int:
        """The CPU cycle at which `tick` ticks since `origin` are complete."""
        lf = self.origin + tick * (self.plain[0x508] + 1)
        return -(-lf * self.soc.clock.hz // LFCLK_HZ)

    def _ticks(self) -> int:
        return max(0, self._lfclk(self.soc.clock.now()) - self.origin) // (self.plain[0x508] + 1)

    def counting(self) -> bool:
        return self.running and self.soc.power.lfclk_running()

    def counter(self) -> int:
        return self._ticks() % self.TOP if self.counting() else self.held

    def _set(self, counter: int) -> None:
        self.held = counter
        self.origin = self._lfclk(self.soc.clock.now()) - counter * (self.plain[0x508] + 1)
        self.seen = counter
        self.replan()

    def start(self) -> None:
        if not self.running:
            self.running = True
            self._set(self.held)

    def stop(self) -> None:
        self.held = self.counter()
        self.running = False
        self.replan()

    def clear(self) -> None:
        self._set(0)

    def trigger_overflow(self) -> None:
        self._set(0xFFFFF0)

    def lfclk_changed(self, running: bool) -> None:
        """LFCLK starts: the count goes on from where it stood."""
        if self.running and running:
            self._set(self.held)

    def _generated(self, offset: int) -> bool:
        return bool((self.evten | self.inten) >> (offset - 0x100 >> 2) & 1)

    def _next(self) -> dict[int, int]:
        """For each event that is generated, the next tick (since origin) at which it comes."""
        if not self.counting():
            return {}
        found = {}
        if self._generated(TICK):
            found[TICK] = self.seen + 1
        if self._generated(OVRFLW):
            found[OVRFLW] = (self.seen // self.TOP + 1) * self.TOP
        for n in range(self.channels):
            if self._generated(COMPARE + 4 * n):
                ahead = (self.plain[CC + 4 * n] - self.seen) % self.TOP
                found[COMPARE + 4 * n] = self.seen + (ahead or self.TOP)
        return found

    def plan(self) -> None:
        if self.counting() and self.due > self.soc.clock.now():
            self.seen = max(self.seen, self._ticks())
        coming = self._next()
        self.due = min((self._cycle(t) for t in coming.values()), default=NEVER)
        self.urgent = min((self._cycle(t) for e, t in coming.items() if self.listened(e)), default=NEVER)

    def fire(self, now: int, _horizon: int) -> None:
        coming = self._next()
        tick = min(coming.values())
        self.seen = tick
        for event, at in coming.items():
            if at == tick:
                self.event(event)
        self.plan()

    def read_word(self, offset: int) -> int:
        if offset == 0x504:
            return self.counter()
        if offset in (EVTEN, EVTENSET, EVTENCLR):
            return self.evten
        return super().read_word(offset)

    def write_word(self, offset: int, value: int) -> None:
        if self.counting():
            self.seen = max(self.seen, self._ticks())
        if offset in (EVTEN, EVTENSET, EVTENCLR):
            self.evten = {EVTEN: value, EVTENSET: self.evten | value, EVTENCLR: self.evten & ~value}[offset]
            self.replan()
        elif offset == 0x508 and self.running:
            self.soc.report(f"{self.name}.PRESCALER written while the counter runs, which hardware ignores (6.22.2)")
        else:
            super().write_word(offset, value)

    def written(self, offset: int, value: int) -> None:
        if offset >= CC:
            self.plain[offset] = value & 0xFFFFFF
            if self.counting() and (value - self.seen) % self.TOP == 1:
                self.seen += 1  # CC = COUNTER + 1 may not trigger (6.22.7): here it never does
        elif offset == 0x508:
            self.plain[offset] = value & 0xFFF
        self.replan()


class Timer(Block):
    """A counter of 16 MHz / 2^PRESCALER, or of its COUNT task."""

    def __init__(self, soc: Nrf52840, base: int, irq: int, channels: int, name: str) -> None:
        self.channels = channels
        self.name = name
        clears = {n: (COMPARE + 4 * n, 0x00C) for n in range(channels)}
        self.shorts = clears | {8 + n: (COMPARE + 4 * n, STOP) for n in range(channels)}
        super().__init__(soc, base, irq)

    def reset(self) -> None:
        super().reset()
        self.tasks = {START: self.start, STOP: self.stop, 0x008: self.count, 0x00C: self.clear, 0x010: self.shutdown}
        self.tasks |= {0x040 + 4 * n: lambda n=n: self.capture(n) for n in range(self.channels)}
        self.events = frozenset(COMPARE + 4 * n for n in range(self.channels))
        self.plain |= {0x504: 0, 0x508: 0, 0x510: 4} | {CC + 4 * n: 0 for n in range(self.channels)}
        self.running = False
        self.origin = 0  # CPU cycle at which the count would have been 0
        self.held = 0
        self.seen = 0  # ticks since origin whose compares were raised

    def _modulus(self) -> int:
        return 1 << {0: 16, 1: 8, 2: 24, 3: 32}[self.plain[0x508] & 3]

    def _tick_cycles(self) -> int:
        return (self.soc.clock.hz // 16_000_000) << min(9, self.plain[0x510])

    def _timing(self) -> bool:
        return self.running and self.plain[0x504] == 0

    def _ticks(self) -> int:
        return (self.soc.clock.now() - self.origin) // self._tick_cycles()

    def value(self) -> int:
        return (self._ticks() if self._timing() else self.held) % self._modulus()

    def _set(self, value: int) -> None:
        self.held = self.seen = value
        self.origin = self.soc.clock.now() - value * self._tick_cycles()
        self.replan()

    def start(self) -> None:
        if not self.running:
            self.running = True
            self._set(self.held)

    def stop(self) -> None:
        value = self.value()
        self.running = False
        self._set(value)

    def shutdown(self) -> None:
        self.running = False
        self._set(0)

    def clear(self) -> None:
        self._set(0)

    def count_many(self, n: int) -> None:
        """`n` counts that no compare can interrupt: fewer than `counts_to_compare`."""
        if self.running and self.plain[0x504]:
            self.held = (self.held + n) % self._modulus()

    def counts_to_compare(self) -> int:
        modulus = self._modulus()
        return min((self.plain[CC + 4 * n] - self.held - 1) % modulus + 1 for n in range(self.channels))

    def count(self) -> None:
        if self.running and self.plain[0x504]:
            self.held = (self.held + 1) % self._modulus()
            for n in range(self.channels):
                if self.held == self.plain[CC + 4 * n] % self._modulus():
                    self.event(COMPARE + 4 * n)

    def capture(self, n: int) -> None:
        self.plain[CC + 4 * n] = self.value()
        if self.plain[0x504] == 0:
            self.replan()

    def _next(self) -> dict[int, int]:
        if not self._timing():
            return {}
        modulus = self._modulus()
        found = {}
        for n in range(self.channels):
            ahead = (self.plain[CC + 4 * n] - self.seen) % modulus
            found[COMPARE + 4 * n] = self.seen + (ahead or modulus)
        return found

    def _has_short(self, event: int) -> bool:
        active = self.plain[0x200]
        return any(active >> bit & 1 and source == event for bit, (source, _) in self.shorts.items())

    def plan(self) -> None:
        """A compare matters only if its event is new, listened to, or has a shortcut."""
        if self._timing() and self.due > self.soc.clock.now():
            self.seen = max(self.seen, self._ticks())
        step = self._tick_cycles()
        coming = {
            e: self.origin + t * step
            for e, t in self._next().items()
            if not self.flag(e) or self.listened(e) or self._has_short(e)
        }
        self.due = min(coming.values(), default=NEVER)
        self.urgent = min((t for e, t in coming.items() if self.listened(e)), default=NEVER)

    def fire(self, now: int, _horizon: int) -> None:
        tick = (now - self.origin) // self._tick_cycles()
        coming = self._next()
        self.seen = tick
        for event, at in coming.items():
            if at == tick:
                self.event(event)
        self.plan()

    def write_word(self, offset: int, value: int) -> None:
        if self._timing():
            self.seen = max(self.seen, self._ticks())
        super().write_word(offset, value)

    def written(self, offset: int, value: int) -> None:
        if offset in (0x504, 0x508, 0x510) and self.running:
            self.soc.report(f"{self.name}+0x{offset:03X} written while the timer runs, which is not allowed (6.30)")
        self.replan()
