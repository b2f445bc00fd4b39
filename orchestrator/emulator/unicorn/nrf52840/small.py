"""The peripherals that need little: PPI (nRF52840 PS v1.7, 6.16), GPIO (6.9), GPIOTE (6.10), NVMC (4.3), RNG, TEMP."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..clock import NEVER
from .block import Block

if TYPE_CHECKING:
    from . import Nrf52840

CHEN, CHENSET, CHENCLR, CHG, CH, FORK = 0x500, 0x504, 0x508, 0x800, 0x510, 0x910


class Ppi(Block):
    """Twenty channels from any event to any task, each with a fork; twelve more are wired to the radio."""

    name = "PPI"

    def reset(self) -> None:
        super().reset()
        self.tasks = {4 * n: lambda n=n: self._group(n >> 1, n & 1 == 0) for n in range(12)}
        self.plain |= {CHEN: 0} | {CHG + 4 * n: 0 for n in range(6)}
        self.plain |= {CH + 4 * n: 0 for n in range(40)} | {FORK + 4 * n: 0 for n in range(32)}
        self.routes: dict[int, list[int]] = {}

    def _group(self, n: int, enable: bool) -> None:
        bits = self.plain[CHG + 4 * n]
        self._enable(self.plain[CHEN] | bits if enable else self.plain[CHEN] & ~bits)

    def _enable(self, channels: int) -> None:
        self.plain[CHEN] = channels
        self.routes = {}
        for n in range(32):
            if not channels >> n & 1:
                continue
            if n >= 20:
                self.unknown("use of a pre-programmed channel", n)
                continue
            event, task, fork = self.plain[CH + 8 * n], self.plain[CH + 4 + 8 * n], self.plain[FORK + 4 * n]
            self.routes.setdefault(event, []).extend(t for t in (task, fork) if t)
        self.soc.replan_all()

    def publish(self, event: int) -> None:
        for task in self.routes.get(event, ()):
            self.soc.trigger(task)

    def listens(self, event: int) -> bool:
        """The event leads to something that the CPU could notice; counting it in a silent TIMER is not that."""
        return any(not self.soc.is_silent_count(task) for task in self.routes.get(event, ()))

    def read_word(self, offset: int) -> int:
        return self.plain[CHEN] if offset in (CHENSET, CHENCLR) else super().read_word(offset)

    def write_word(self, offset: int, value: int) -> None:
        if offset == CHENSET:
            self._enable(self.plain[CHEN] | value)
        elif offset == CHENCLR:
            self._enable(self.plain[CHEN] & ~value)
        else:
            super().write_word(offset, value)

    def written(self, offset: int, value: int) -> None:
        if offset == CHEN or CH <= offset < CH + 160 or offset >= FORK:
            self._enable(self.plain[CHEN])


class Gpio(Block):
    """P0, and P1 0x300 further on; an input reads what a part drives, or the pin itself, or else 1 with a pull-up."""

    name = "GPIO"

    def reset(self) -> None:
        super().reset()
        self.plain = {}
        for port in (0, 0x300):
            self.plain |= {port + 0x504: 0, port + 0x514: 0, port + 0x520: 0, port + 0x524: 0}
            self.plain |= {port + 0x700 + 4 * pin: 2 for pin in range(32)}

    def _pins(self, port: int) -> int:
        level = self.plain[port + 0x504] & self.plain[port + 0x514]
        for pin in range(32):
            config = self.plain[port + 0x700 + 4 * pin]
            if not self.plain[port + 0x514] >> pin & 1 and config >> 2 & 3 == 3 and not config & 2:
                level |= 1 << pin
        if port == 0:
            level = level & ~self.soc.held_low() | self.soc.driven_high()
        return level

    def output(self, port: int) -> int:
        """What the pins of a port drive: the LEDs."""
        return self.plain[0x300 * port + 0x504] & self.plain[0x300 * port + 0x514]

    def read_word(self, offset: int) -> int:
        port = 0x300 if offset >= 0x800 else 0
        alias = {0x508: 0x504, 0x50C: 0x504, 0x518: 0x514, 0x51C: 0x514}.get(offset - port)
        if alias:
            return self.plain[port + alias]
        if offset - port == 0x510:
            return self._pins(port)
        return super().read_word(offset)

    def write_word(self, offset: int, value: int) -> None:
        port = 0x300 if offset >= 0x800 else 0
        local = offset - port
        if local in (0x508, 0x518):
            self.write_word(offset - 4, self.plain[offset - 4] | value)
        elif local in (0x50C, 0x51C):
            self.write_word(offset - 8, self.plain[offset - 8] & ~value)
        else:
            super().write_word(offset, value)

    def written(self, offset: int, value: int) -> None:
        port = 0x300 if offset >= 0x800 else 0
        local = offset - port
        if offset in (0x504, 0x514):
            self.soc.pins_driven(self.output(0))
        if local == 0x514:  # DIR and PIN_CNF.DIR are one bit (6.9.1)
            for pin in range(32):
                config = port + 0x700 + 4 * pin
                self.plain[config] = self.plain[config] & ~1 | value >> pin & 1
        elif local >= 0x700:
            pin = (local - 0x700) // 4
            self.plain[port + 0x514] = self.plain[port + 0x514] & ~(1 << pin) | (value & 1) << pin


class Gpiote(Block):
    """Configuration, output tasks, and the IN event of a rising pin: that of the parts' interrupt. No PORT event comes."""

    name = "GPIOTE"

    def reset(self) -> None:
        super().reset()
        self.tasks = {
            base + 4 * n: lambda n=n, w=w: self._drive(n, w)
            for base, w in ((0, 2), (0x30, 1), (0x60, 0))
            for n in range(8)
        }
        self.events = frozenset({*(0x100 + 4 * n for n in range(8)), 0x17C})
        self.plain |= {0x510 + 4 * n: 0 for n in range(8)}
        self._was = False  # the interrupt pin, when it was last looked at

    def _channels(self) -> list[int]:
        """Those that an IN event of the interrupt pin concerns: event mode, rising (6.10.1)."""
        pin = self.soc.interrupt_pin
        wanted = {1 | (pin or 0) << 8 | polarity << 16 for polarity in (1, 3)}
        return [n for n in range(8) if pin is not None and self.plain[0x510 + 4 * n] in wanted]

    def look(self) -> None:
        """A part may have changed its pin."""
        level = self.soc.interrupt_level()
        if level and not self._was:
            for n in self._channels():
                self.event(0x100 + 4 * n)
        self._was = level
        self.replan()

    def plan(self) -> None:
        at = self.soc.interrupt_at() if self._channels() else None
        self.due = self.urgent = NEVER if at is None else max(at, self.soc.clock.now())

    def fire(self, now: int, _horizon: int) -> None:
        self.due = self.urgent = NEVER
        self.look()

    def written(self, offset: int, value: int) -> None:
        if offset >= 0x510:
            self.replan()

    def _drive(self, n: int, what: int) -> None:
        config = self.plain[0x510 + 4 * n]
        if config & 3 != 3:
            return
        register = 0x504 + (0x300 if config >> 13 & 1 else 0)
        bit = 1 << (config >> 8 & 31)
        gpio = self.soc.gpio
        old = gpio.plain[register]
        gpio.plain[register] = {0: old & ~bit, 1: old | bit, 2: old ^ bit}[what]


class Nvmc(Block):
    """Always ready, because nothing is ever written."""

    name = "NVMC"

    def reset(self) -> None:
        super().reset()
        self.plain |= {0x504: 0, 0x540: 0, 0x548: 0, 0x54C: 0}

    def read_word(self, offset: int) -> int:
        return 1 if offset in (0x400, 0x408) else super().read_word(offset)  # READY, READYNEXT

    def written(self, offset: int, value: int) -> None:
        if offset == 0x504 and value & 3:
            self.soc.report("NVMC.CONFIG enables writing; this emulator's flash cannot be written")


class Instant(Block):
    """RNG and TEMP: a started measurement is ready at once. The values are the same in every run."""

    def __init__(self, soc: Nrf52840, base: int, irq: int, name: str, value: int) -> None:
        self.name = name
        self.value = value
        super().__init__(soc, base, irq)

    def reset(self) -> None:
        super().reset()
        self.tasks = {0x000: lambda: self.event(0x100), 0x004: lambda: None}
        self.events = frozenset({0x100})
        self.plain |= {0x504: 0} | {0x520 + 4 * n: 0 for n in range(17)}
        self.state = 1

    def read_word(self, offset: int) -> int:
        if offset != 0x508:
            return super().read_word(offset)
        if self.name == "RNG":
            self.state = (self.state * 1103515245 + 12345) & 0x7FFFFFFF
            return self.state >> 16 & 0xFF
        return self.value
