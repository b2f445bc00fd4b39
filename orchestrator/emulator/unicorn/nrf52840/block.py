"""What every nRF peripheral shares: tasks, events, shortcuts, interrupts and plain registers.

Sections are those of the nRF52840 Product Specification v1.7. "Peripheral interface" (6.1): a task is triggered by
writing 1, an event is a register that reads 1 until 0 is written to it, and bit n of INTEN belongs to the event at
offset 0x100 + 4 n.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING

from ..clock import NEVER

if TYPE_CHECKING:
    from . import Nrf52840

SHORTS, INTEN, INTENSET, INTENCLR = 0x200, 0x300, 0x304, 0x308


class Block:
    """One peripheral. A subclass fills `tasks`, `events`, `plain` and `fixed`, and may be a `clock.Timed`."""

    name = "peripheral"
    shorts: Mapping[int, tuple[int, int]] = MappingProxyType({})  # bit of SHORTS: (event, task)
    read_only: frozenset[int] = frozenset()

    def __init__(self, soc: Nrf52840, base: int, irq: int | None) -> None:
        self.soc = soc
        self.base = base
        self.irq = irq
        self.due = self.urgent = NEVER
        self._told: set[tuple[str, int]] = set()
        self.tasks: dict[int, Callable[[], None]] = {}
        self.events: frozenset[int] = frozenset()
        self.plain: dict[int, int] = {}
        self.reset()

    def reset(self) -> None:
        """Back to the values after reset; a subclass extends this."""
        self.flags = 0
        self.inten = 0
        self.plain = {SHORTS: 0}
        self.due = self.urgent = NEVER

    def fire(self, now: int, horizon: int) -> None:
        """See `clock.Timed`."""

    # --- events and tasks ---

    def event(self, offset: int) -> None:
        """Raises an event: its register, its interrupt, its shortcuts, its PPI channels."""
        self.raise_flag(offset)
        active = self.plain.get(SHORTS, 0)
        if active:
            for short, (event, task) in self.shorts.items():
                if event == offset and active >> short & 1:
                    self.tasks[task]()
        self.soc.ppi.publish(self.base + offset)

    def raise_flag(self, offset: int) -> None:
        """The part of an event that repeating does not change: its register and its interrupt."""
        bit = 1 << (offset - 0x100 >> 2)
        self.flags |= bit
        if self.inten & bit and self.irq is not None:
            self.soc.core.set_line(self.irq, True)

    def listened(self, offset: int) -> bool:
        """The CPU could notice this event by itself, at once."""
        return bool(self.inten >> (offset - 0x100 >> 2) & 1) or self.soc.ppi.listens(self.base + offset)

    def flag(self, offset: int) -> bool:
        return bool(self.flags >> (offset - 0x100 >> 2) & 1)

    def _line(self) -> None:
        if self.irq is not None:
            self.soc.core.set_line(self.irq, bool(self.flags & self.inten))

    def plan(self) -> None:
        """Sets `due` and `urgent` anew; called when something changed that they depend on."""

    def replan(self) -> None:
        self.plan()
        self.soc.clock.changed(self)

    # --- the bus ---

    def read(self, offset: int, size: int) -> int:
        self.soc.clock.sync()
        return self.read_word(offset & ~3) >> (8 * (offset & 3)) & 0xFFFFFFFF

    def write(self, offset: int, size: int, value: int) -> None:
        self.soc.clock.sync()
        if self.soc.write_ok(self, offset, size):
            self.write_word(offset, value)

    def read_word(self, offset: int) -> int:
        if offset in self.events:
            return int(self.flag(offset))
        if offset in (INTEN, INTENSET, INTENCLR):
            return self.inten
        if offset in self.plain:
            return self.plain[offset]
        if offset not in self.tasks:
            self.unknown("read", offset)
        return 0

    def write_word(self, offset: int, value: int) -> None:
        if offset in self.tasks:
            if value & 1:
                self.tasks[offset]()
        elif offset in self.events:
            bit = 1 << (offset - 0x100 >> 2)
            self.flags = self.flags | bit if value & 1 else self.flags & ~bit
            self._line()
            self.plan()
        elif offset in (INTEN, INTENSET, INTENCLR):
            self.inten = {INTEN: value, INTENSET: self.inten | value, INTENCLR: self.inten & ~value}[offset]
            self._line()
            self.replan()
        elif offset in self.read_only:
            self.unknown("write to the read-only register", offset)
        elif offset in self.plain:
            self.plain[offset] = value
            self.written(offset, value)
        else:
            self.unknown("write", offset)

    def written(self, offset: int, value: int) -> None:
        """A plain register has a new value."""

    def unknown(self, what: str, offset: int) -> None:
        """Hardware ignores a reserved register; so does this, but it says so, once each."""
        if (what, offset) not in self._told:
            self._told.add((what, offset))
            self.soc.report(f"{what} of {self.name}+0x{offset:03X}, a register that this emulator does not have")
