"""What every peripheral of the family shares: registers as data, the clock that RCC must let through, the bus."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..clock import NEVER
from ..faults import BUS_FAULT, PRECISERR, Fault

if TYPE_CHECKING:
    from .chip import Place
    from .soc import Stm32


class Block:
    """One peripheral, and a `clock.Timed`. `registers` are those that only keep what is written: their reset values."""

    registers: dict[int, int] = {}  # noqa: RUF012  (a table of the class; an instance copies it)
    read_only: frozenset[int] = frozenset()

    def __init__(self, soc: Stm32, name: str, place: Place) -> None:
        self.soc = soc
        self.name = name
        self.base = place.base
        self.gate = place.gate
        self.irq = place.irq
        self.facts: dict[str, Any] = place.facts
        self.clocked = place.gate is None
        self.due = self.urgent = NEVER
        self._told: set[tuple[str, int]] = set()
        self.reset()

    def reset(self) -> None:
        """Back to the values after reset; a subclass extends this."""
        self.plain = {**self.registers, **self.facts.get("reset", {})}
        self.due = self.urgent = NEVER

    def fire(self, now: int, horizon: int) -> None:
        """See `clock.Timed`."""

    def plan(self) -> None:
        """Sets `due` and `urgent` anew; called when something changed that they depend on."""

    def replan(self) -> None:
        self.plan()
        self.soc.clock.changed(self)

    def clocks_changed(self) -> None:
        """RCC was written."""

    def line(self, level: bool) -> None:
        """The interrupt line."""
        if self.irq is not None:
            self.soc.core.set_line(self.irq, level)

    # --- the bus ---

    def read(self, offset: int, size: int) -> int:
        self.soc.clock.sync()
        if not self.clocked:
            self.unclocked("read")
            return 0
        return self.read_word(offset & ~3) >> (8 * (offset & 3)) & 0xFFFFFFFF

    def write(self, offset: int, size: int, value: int) -> None:
        self.soc.clock.sync()
        if not self.clocked:
            self.unclocked("write")
        elif size == 4 or self.narrow(offset):
            self.write_word(offset, value)
        else:
            text = f"{8 * size}-bit write to {self.name}+0x{offset:03X}"
            self.soc.core.refuse(Fault(BUS_FAULT, PRECISERR, self.base + offset, text))

    def narrow(self, offset: int) -> bool:
        """Whether fewer than 32 bits may be written; elsewhere that is taken for a mistake."""
        return False

    def read_word(self, offset: int) -> int:
        if offset in self.plain:
            return self.plain[offset]
        self.unknown("read", offset)
        return 0

    def write_word(self, offset: int, value: int) -> None:
        if offset in self.read_only:
            self.unknown("write to the read-only register", offset)
        elif offset in self.plain:
            old, self.plain[offset] = self.plain[offset], value
            self.written(offset, value, old)
        else:
            self.unknown("write", offset)

    def written(self, offset: int, value: int, old: int) -> None:
        """A plain register has a new value."""

    # --- what hardware passes over in silence, and this does not ---

    def tell(self, what: str, offset: int, text: str) -> None:
        """Once for each kind of mistake and place."""
        if (what, offset) not in self._told:
            self._told.add((what, offset))
            self.soc.report(text)

    def unknown(self, what: str, offset: int) -> None:
        self.tell(what, offset, f"{what} of {self.name}+0x{offset:03X}, a register that this emulator does not have")

    def unclocked(self, what: str) -> None:
        assert self.gate is not None
        register, bit = self.gate
        self.tell(
            "clock",
            0,
            f"{what} of {self.name}, whose clock is off: RCC+0x{register:03X} bit {bit} (it reads 0, keeps nothing)",
        )


class Flash(Block):
    """The flash interface: wait states (LATENCY) read back what was written, which is what a driver waits for."""

    registers = {0x00: 0}  # noqa: RUF012

    def latency(self) -> int:
        return self.plain[0x00] & 0xF


class Plain(Block):
    """A peripheral whose registers only keep what is written; `facts`: reset values, and bits that are always set."""

    def read_word(self, offset: int) -> int:
        return super().read_word(offset) | self.facts.get("always", {}).get(offset, 0)
