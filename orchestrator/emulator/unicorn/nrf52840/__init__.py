"""The nRF52840: where its memories and peripherals are, and how they reach each other (Product Specification v1.7)."""

from __future__ import annotations

import struct
from collections.abc import Callable
from typing import Any

from ...parts import I2cPart
from ..bus import Bus
from ..clock import Clock
from ..console import Console
from ..cortexm import CortexM, Features
from ..faults import BUS_FAULT, PRECISERR, Fault
from ..memory import Memory
from .block import Block
from .power import PowerClock, Wdt
from .small import Gpio, Gpiote, Instant, Nvmc, Ppi
from .timing import Rtc, Timer
from .twim import Twim
from .uarte import PSEL_RXD, PSEL_TXD, Uarte

Report = Callable[[str], None]

CPU_HZ = 64_000_000
CPU_MODEL = "CORTEX_M4"
FEATURES = Features(irqs=48, priority_bits=3, fpu=True, systick_in_sleep=False)  # the CPU's clock stops in sleep
MEMORY = {  # base, size, writable (4.2)
    "flash": (0x00000000, 0x100000, False),
    "ram": (0x20000000, 0x40000, True),
    "information": (0x10000000, 0x2000, False),  # FICR, made in the factory, and UICR (4.4, 4.5)
}
PROGRAMMABLE = [(0x00000000, 0x100000), (0x10001000, 0x1000)]
FICR = {
    0x010: 4096, 0x014: 256, 0x060: 0x6E8F3A51, 0x064: 0xC4D2907B, 0x0A0: 0xFFFFFFFF, 0x0A4: 0x5D1E7C32, 0x0A8: 0x0000E9A6,
    0x100: 0x52840, 0x104: 0x41414430, 0x108: 0x2004, 0x10C: 256, 0x110: 1024, 0x130: 8, 0x134: 3,
}  # fmt: skip
FICR_BASE = 0x10000000
SLOTS = {
    0x01: "RADIO", 0x04: "SPI1/TWI1", 0x05: "NFCT", 0x07: "SAADC", 0x0E: "ECB", 0x0F: "CCM/AAR", 0x12: "QDEC",
    0x13: "COMP/LPCOMP", 0x14: "SWI0/EGU0", 0x15: "SWI1/EGU1", 0x16: "SWI2/EGU2", 0x17: "SWI3/EGU3", 0x18: "SWI4/EGU4",
    0x19: "SWI5/EGU5", 0x1C: "PWM0", 0x1D: "PDM", 0x20: "MWU", 0x21: "PWM1", 0x22: "PWM2", 0x23: "SPI2", 0x25: "I2S", 0x26: "FPU",
    0x27: "USBD", 0x28: "UARTE1", 0x29: "QSPI", 0x2D: "PWM3", 0x2F: "SPIM3",
}  # fmt: skip


def fill_factory(memory: Memory) -> None:
    """Writes what a chip knows of itself when it leaves the factory."""
    for offset, value in FICR.items():
        word = memory.at(FICR_BASE + offset, 4)
        assert word is not None
        word[:] = struct.pack("<I", value)


class Nrf52840:
    """The chip around one core."""

    def __init__(
        self, uc: Any, bus: Bus, core: CortexM, clock: Clock, console: Console, defines: dict[str, int], report: Report
    ) -> None:
        self.uc = uc
        self.core = core
        self.clock = clock
        self.console = console
        self.report = report
        self._pins = {PSEL_TXD: defines.get("PORT_UART_TX_PIN"), PSEL_RXD: defines.get("PORT_UART_RX_PIN")}
        self._miswired: set[tuple[int, int]] = set()
        self.parts: list[I2cPart] = []
        self._i2c = defines.get("PORT_I2C_SCL_PIN"), defines.get("PORT_I2C_SDA_PIN")
        self.interrupt_pin = defines.get("PORT_SENSOR_INT_PIN")
        self._clock_was_high = False
        self.blocks: dict[int, Block] = {}
        page = 0x40000000
        self.ppi = Ppi(self, page + 0x1F000, None)
        self.wdt = Wdt(self, page + 0x10000, 16)
        self.power = PowerClock(self, page, 0)
        self.uarte = Uarte(self, page + 0x2000, 2)
        self.gpio = Gpio(self, 0x50000000, None)
        everything: list[Block] = [self.ppi, self.wdt, self.power, self.uarte, self.gpio]
        self.gpiote = Gpiote(self, page + 0x6000, 6)
        everything += [Twim(self, page + 0x3000, 3), self.gpiote, Nvmc(self, page + 0x1E000, None)]
        everything += [Instant(self, page + 0xC000, 12, "TEMP", 100), Instant(self, page + 0xD000, 13, "RNG", 0)]
        rtcs = ((0x0B, 11, 3), (0x11, 17, 4), (0x24, 36, 4))
        self.rtcs = [Rtc(self, page + slot * 0x1000, irq, n, f"RTC{i}") for i, (slot, irq, n) in enumerate(rtcs)]
        timers = ((0x08, 8, 4), (0x09, 9, 4), (0x0A, 10, 4), (0x1A, 26, 6), (0x1B, 27, 6))
        self.timers = [
            Timer(self, page + slot * 0x1000, irq, n, f"TIMER{i}") for i, (slot, irq, n) in enumerate(timers)
        ]
        everything += [*self.rtcs, *self.timers]
        for block in everything:
            self.blocks[block.base] = block
            clock.add(block)
            bus.map(block.base, block.read, block.write)

    # --- what blocks ask of each other ---

    def trigger(self, address: int) -> None:
        """Triggers the task at an address."""
        block = self.blocks.get(address & ~0xFFF)
        task = block.tasks.get(address & 0xFFF) if block else None
        if task is None:
            self.report(f"PPI leads to 0x{address:08X}, which is no task here")
        else:
            task()

    def is_silent_count(self, task: int) -> bool:
        block = self.blocks.get(task & ~0xFFF)
        if not isinstance(block, Timer) or task & 0xFFF != 0x008:
            return False
        return not block.inten and not any(block.base <= event < block.base + 0x1000 for event in self.ppi.routes)

    def only_counter(self, event: int) -> Timer | None:
        """The TIMER that counts this event, when that is all that the event does and nobody notices."""
        tasks = self.ppi.routes.get(event, [])
        if len(tasks) != 1 or not self.is_silent_count(tasks[0]):
            return None
        timer = self.blocks[tasks[0] & ~0xFFF]
        return timer if isinstance(timer, Timer) and not timer.plain[0x200] else None

    def replan_all(self) -> None:
        for block in self.blocks.values():
            if not isinstance(block, Wdt):
                block.replan()

    def lfclk_changed(self, running: bool) -> None:
        for rtc in self.rtcs:
            rtc.lfclk_changed(running)

    def dma_ok(self, name: str, address: int, size: int) -> bool:
        """EasyDMA reaches Data RAM alone; elsewhere it "may result in a HardFault or RAM corruption" (4.6)."""
        base, length, _ = MEMORY["ram"]
        if base <= address and address + size <= base + length:
            return True
        self.core.refuse(
            Fault(BUS_FAULT, 1 << 10, None, f"{name}: EasyDMA at 0x{address:08X}, {size} bytes, is not in Data RAM")
        )
        return False

    def write_ok(self, block: Block, offset: int, size: int) -> bool:
        """Registers are 32 bits wide; a narrower write is taken for a mistake."""
        if size != 4:
            address = block.base + offset
            self.core.refuse(
                Fault(BUS_FAULT, PRECISERR, address, f"{8 * size}-bit write to {block.name}+0x{offset:03X}")
            )
            return False
        return True

    def wired(self, psel: int, value: int) -> bool:
        """PSEL connects the line to the pin that the board's UART is wired to."""
        pin = self._pins[psel]
        if not value >> 31 and (pin is None or value & 0x3F == pin):
            return True
        if (psel, value) not in self._miswired:
            self._miswired.add((psel, value))
            self.report(f"UARTE0.PSEL at 0x{psel:03X} is 0x{value:08X}, but the board's UART is wired to pin {pin}")
        return False

    # --- the bus outside: parts, and the pins that they share ---

    def attach(self, parts: list[I2cPart]) -> None:
        """Wires parts to the board's I²C pins and its interrupt pin."""
        self.parts = parts
        for part in parts:
            part.start(self.clock.hz)

    def i2c_wired(self, scl: int, sda: int) -> bool:
        """Whether the controller's lines are on the board's pins; said once where they are not."""
        fine = (scl, sda) == self._i2c
        if not fine and (scl, sda) not in self._miswired:
            self._miswired.add((scl, sda))
            self.report(f"TWIM0.PSEL is SCL 0x{scl:08X}, SDA 0x{sda:08X}, but the board's bus is at {self._i2c}")
        return fine

    def data_is_free(self) -> bool:
        """No part holds SDA low."""
        return not any(part.holds_data(self.clock.now()) for part in self.parts)

    def held_low(self) -> int:
        """The pins that a part pulls low."""
        return 0 if self._i2c[1] is None or self.data_is_free() else 1 << self._i2c[1]

    def driven_high(self) -> int:
        """The pins that a part drives high."""
        return 1 << self.interrupt_pin if self.interrupt_pin is not None and self.interrupt_level() else 0

    def pins_driven(self, high: int) -> None:
        """Firmware drives pins by hand: a pulse of SCL is a clock for every part."""
        scl = self._i2c[0]
        if scl is None:
            return
        is_high = bool(high >> scl & 1)
        if is_high and not self._clock_was_high:
            for part in self.parts:
                part.clock()
        self._clock_was_high = is_high

    def interrupt_level(self) -> bool:
        """The parts share one pin."""
        return any(part.interrupt(self.clock.now()) for part in self.parts)

    def interrupt_at(self) -> int | None:
        """When it rises by itself."""
        return min((at for part in self.parts if (at := part.interrupt_at(self.clock.now())) is not None), default=None)

    def parts_changed(self) -> None:
        """A transfer reached a part."""
        self.gpiote.look()

    def describe(self, address: int) -> str:
        """What hardware has at an address that this emulator does not have."""
        name = SLOTS.get(address - 0x40000000 >> 12) if 0x40000000 <= address < 0x40030000 else None
        return f" ({name} is not modelled)" if name else ""

    # --- what the machine asks ---

    def input_arrived(self) -> None:
        self.uarte.replan()

    def busy(self) -> bool:
        return self.uarte.busy() or any(part.sampling(self.clock.now()) for part in self.parts)

    def reset(self, cause: str) -> None:
        """What each cause reaches is in 5.3.6.8: of what is here, WDT alone outlives a soft reset or a lockup."""
        self.power.restart(cause)
        if cause not in ("soft", "lockup"):
            self.wdt.stop()
        for block in self.blocks.values():
            block.reset()
        self.replan_all()


SOC = Nrf52840
