"""A chip of the family around one core: its peripherals, and how they reach each other."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from typing import Any

from ..bus import Bus
from ..clock import Clock
from ..console import Console
from ..cortexm import CortexM
from ..faults import BUS_FAULT, PRECISERR, Fault
from .block import Block, Flash
from .chip import Chip
from .dma import Channel, Dma
from .gpio import Gpio
from .rcc import Rcc
from .usart import Usart

SLOT_BITS = 10  # peripherals are 1 kB apart


class Stm32:
    """One chip, made from its table."""

    def __init__(
        self,
        chip: Chip,
        uc: Any,
        bus: Bus,
        core: CortexM,
        clock: Clock,
        console: Console,
        defines: dict[str, int],
        report: Callable[[str], None],
    ) -> None:
        self.chip, self.uc, self.core, self.clock, self.console, self.report = chip, uc, core, clock, console, report
        self.line_baud = defines.get("PORT_UART_BAUD")
        self._pins = {"TX": defines.get("PORT_UART_TX_PIN"), "RX": defines.get("PORT_UART_RX_PIN")}
        self.channels: dict[str, Channel] = {}  # by request: the enabled channel that serves it
        self.blocks: dict[str, Block] = {}
        for name, place in chip.places.items():
            self.blocks[name] = place.kind(self, name, place)
        self.rcc = next(b for b in self.blocks.values() if isinstance(b, Rcc))
        self.usarts = [b for b in self.blocks.values() if isinstance(b, Usart)]
        self._dmas = [b for b in self.blocks.values() if isinstance(b, Dma)]
        self._ports = {b.base: b for b in self.blocks.values() if isinstance(b, Gpio)}
        pages: dict[int, dict[int, Block]] = defaultdict(dict)
        for block in self.blocks.values():
            pages[block.base & ~0xFFF][block.base >> SLOT_BITS & 3] = block
            if type(block).fire is not Block.fire:
                clock.add(block)
        for page, slots in pages.items():
            self._map(bus, page, slots)
        self.rcc.restart("power")
        self.clocks_changed()

    def _map(self, bus: Bus, page: int, slots: dict[int, Block]) -> None:
        def read(offset: int, size: int) -> int:
            block = slots.get(offset >> SLOT_BITS)
            return block.read(offset & 0x3FF, size) if block else self._nothing("read of", page + offset)

        def write(offset: int, size: int, value: int) -> None:
            block = slots.get(offset >> SLOT_BITS)
            if block:
                block.write(offset & 0x3FF, size, value)
            else:
                self._nothing("write to", page + offset)

        bus.map(page, read, write)

    def _nothing(self, what: str, address: int) -> int:
        self.core.refuse(Fault(BUS_FAULT, PRECISERR, address, f"{what} 0x{address:08X}, where nothing is"))
        return 0

    # --- what blocks ask of each other ---

    def clocks_changed(self) -> None:
        """RCC was written: who has a clock, and how fast it is."""
        for block in self.blocks.values():
            block.clocked = block.gate is None or self.rcc.lets_through(block.gate)
        for block in self.blocks.values():
            block.clocks_changed()
        hz = self.rcc.sysclk()
        needed = self.chip.clocks.wait_states(self.rcc)
        for block in self.blocks.values():
            if isinstance(block, Flash) and block.latency() < needed:
                said = f"SYSCLK is {hz} Hz with {block.latency()} wait states of the flash; it needs {needed}"
                block.tell("latency", 0, said)

    def check_rate(self) -> None:
        """A UART is switched on: by now SYSCLK should be what this emulator takes a cycle for."""
        hz = self.rcc.sysclk()
        if hz != self.clock.hz:
            self.rcc.tell("rate", 0, f"SYSCLK is {hz} Hz, but this emulator runs the CPU at {self.clock.hz} Hz")

        if self.lsi_hz() != self.chip.lsi_hz:
            self.rcc.tell("lsi", 0, f"LSI is {self.lsi_hz()} Hz, not {self.chip.lsi_hz}: the watchdog counts it")

    def lsi_hz(self) -> int:
        asked = self.chip.clocks.lsi
        return asked(self.rcc) if asked else self.chip.lsi_hz

    def pins_changed(self) -> None:
        for usart in self.usarts:
            usart.replan()

    def dma_changed(self) -> None:
        """Who serves whom, after a channel or its routing changed."""
        self.channels = {}
        for dma in self._dmas:
            for channel in dma.channels:
                if channel.enabled:
                    selected, requests = dma.selection(channel), self.chip.requests
                    request = requests.get((channel.n, selected)) or requests.get((None, selected))
                    if request:
                        self.channels[request] = channel
        for usart in self.usarts:
            usart.dma_changed()

    def dma_ok(self, dma: Dma, channel: int, address: int, size: int) -> bool:
        """DMA reaches this memory, its clock runs, and no data cache holds another truth."""
        wrong = "is in no memory that it reaches"
        for base, length, gate in self.chip.memory_of_dma:
            if base <= address and address + size <= base + length:
                wrong = "" if gate is None or self.rcc.lets_through(gate) else "is in memory whose clock is off"
        if not wrong and self.chip.cacheable and self.core.mpu.caches(address):
            wrong = "is in memory that the data cache keeps a copy of: neither sees what the other writes"
        if wrong:
            said = f"{dma.name} channel {channel}: 0x{address:08X}, {size} bytes, {wrong}"
            dma.tell("memory", channel, said)
        return not wrong

    def miswired(self, line: str, role: str) -> str:
        """What is wrong with the pin of a line; empty when the board's pin carries it."""
        pin = self._pins[role]
        if pin is None:
            return ""
        wanted = self.chip.pins.get(line, {}).get(pin)
        name = f"P{chr(ord('A') + pin // 16)}{pin % 16}"
        if wanted is None:
            return f"cannot be had at {name}, to which the board's UART is wired"
        first = min(self._ports)
        port = self._ports.get(first + 0x400 * (pin // 16))
        has = port.function(pin % 16) if port else None
        if has == wanted:
            return ""
        said = "no alternate function" if has is None else f"alternate function {has}"
        return f"is not connected: {name} has {said}, and it takes {wanted}"

    def describe(self, _address: int) -> str:
        """What hardware has at an address that this emulator does not have."""
        return ""

    # --- what the machine asks ---

    def input_arrived(self) -> None:
        for usart in self.usarts:
            usart.replan()

    def busy(self) -> bool:
        return any(usart.busy() for usart in self.usarts)

    def reset(self, cause: str) -> None:
        """Every cause reaches all that is here but the reset flags; the watchdog stops too."""
        self.rcc.restart(cause)
        self.channels = {}
        for block in self.blocks.values():
            block.reset()
        self.clocks_changed()
        for block in self.blocks.values():
            block.replan()
