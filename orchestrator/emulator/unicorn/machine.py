"""Puts a chip together and runs it: CPU slices, sleep, resets, the end of input."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Sequence
from importlib import import_module
from pathlib import Path

import unicorn

from ..options import Injections
from ..parts import I2cPart
from . import registers as reg
from .bus import Bus
from .clock import NEVER, Clock
from .console import Console
from .cortexm import CortexM
from .counter import Counter
from .counts import Counts
from .image import Image, ImageError
from .memory import Memory
from .scs import SystemControl

SLICE_MS = 1  # of virtual time, at most, between two looks at standard input
IDLE_END_MS, BUSY_END_MS = 250, 60_000  # after the end of input: quiet time until this process ends
HANG_PAGE = 0x1FF00000  # where the injected endless loop is; no chip here has memory there


def chips() -> list[str]:
    """The chips that are emulated here: each is a package beside this file, whose constants are its data sheet. One
    without a SOC holds what chips share."""
    names = sorted(path.parent.name for path in Path(__file__).parent.glob("*/__init__.py"))
    return [name for name in names if hasattr(import_module(f"{__package__}.{name}"), "SOC")]


class Machine:
    """One board, from power-on to the end of its input."""

    def __init__(
        self,
        chip: str,
        image: Image,
        console: Console,
        injections: Injections,
        defines: dict[str, int] | None = None,
        report: Callable[[str], None] | None = None,
        native: bool = True,
        cycles: bool = False,
        parts: Sequence[I2cPart] = (),
    ) -> None:
        data = import_module(f"{__package__}.{chip}")
        self.report = report or (lambda text: print(f"emulator: {text}", file=sys.stderr, flush=True))
        self.uc = unicorn.Uc(
            unicorn.UC_ARCH_ARM, unicorn.UC_MODE_THUMB, getattr(unicorn.arm_const, f"UC_CPU_ARM_{data.CPU_MODEL}")
        )
        if cycles and not data.FEATURES.cycle_table:
            raise ImageError(
                f"the cycles of {chip}'s instructions are not known here: it has --count=instructions only"
            )
        self.counter = Counter(self.uc, native, cycles)
        self.memory = Memory(self.uc, self.counter)
        for base, size, writable in data.MEMORY.values():
            self.memory.add(base, size, writable)
        for base, region in getattr(data, "ALIASES", {}).items():
            self.memory.alias(base, data.MEMORY[region][0])
        data.fill_factory(self.memory)
        self._program(image, data.PROGRAMMABLE)
        self.bus = Bus(self.uc)
        self.clock = Clock(self.counter.context, data.CPU_HZ)
        self.core = CortexM(self.uc, self.counter, self.memory, self.bus, data.FEATURES, self.report)
        self.core.watch_code(image.code)
        self.scs = SystemControl(self.core, self.clock, self.report)
        self._map_system()
        self.console = console
        self.soc = data.SOC(self.uc, self.bus, self.core, self.clock, console, defines or {}, self.report)
        if parts:
            if not hasattr(self.soc, "attach"):
                raise ImageError(f"{chip} has no bus for parts here")
            self.soc.attach(list(parts))
        self.core.describe = self.soc.describe
        self.counts = Counts(self, image.symbols)
        self._hang_at = NEVER
        if injections.hang_at_ms is not None:
            self._hang_at = int(injections.hang_at_ms * data.CPU_HZ / 1000)
        self._hang_seen = False
        self._ended_at = 0
        self._last_traffic = (0, 0, 0)
        self._slice = SLICE_MS * data.CPU_HZ // 1000
        self.stop_requested = False

    def _program(self, image: Image, programmable: list[tuple[int, int]]) -> None:
        for address, data in image.segments:
            end = address + len(data)
            at = self.memory.at(address, len(data))
            if at is None or not any(base <= address and end <= base + size for base, size in programmable):
                raise ImageError(f"a segment at 0x{address:08X}, {len(data)} bytes, is not in this chip's flash")
            at[:] = data

    def _map_system(self) -> None:
        self.bus.map(0xE000E000, self.scs.read, self.scs.write)
        self.bus.map(0xE0001000, self.scs.read_dwt, self.scs.write_dwt)
        for base in (0xE0000000, 0xE0002000):  # ITM, FPB: debug blocks that read 0
            self.bus.map(base, lambda _offset, _size: 0, lambda _offset, _size, _value: None)

    # --- the loop ---

    def run(self, until_ms: float | None = None) -> None:
        """Runs to the end of the input, or to a virtual time."""
        core, clock = self.core, self.clock
        end = NEVER if until_ms is None else int(until_ms * clock.hz / 1000)
        next_look = 0
        while not self.stop_requested:
            clock.sync()
            if core.reset_cause:
                self._reset()
                continue
            now = clock.now()
            if now >= end:
                break
            if now >= self._hang_at:
                self._hang()
            if not core.sleeping and core.take_pending():
                continue
            if core.sleeping and not self._woken():
                if not self._idle(end):
                    break
                continue
            core.sleeping = ""
            if core.take_pending():
                continue
            limit = min(clock.urgent(), self._hang_at, end, now + self._slice)
            clock.run_end = limit
            self._step(core.run(clock.executed() + max(1, limit - now)))
            clock.run_end = 0
            now = clock.now()
            if now >= next_look:
                next_look = now + self._slice
                self._look()
        self.counts.write(final=True)

    def _step(self, reason: str) -> None:
        core = self.core
        if reason == "return":
            core.leave()
        elif reason == "svc":
            core.supervisor_call()
        elif reason == "wfi":
            core.sleeping = "wfi"
        elif reason == "wfe":
            core.sleeping = "" if core.event else "wfe"
            core.event = False
        if not core.fpu_on:
            core.check_fpu()

    def _woken(self) -> bool:
        core = self.core
        if core.sleeping == "off":
            return False
        if core.sleeping == "wfe" and core.event:
            core.event = False
            return True
        return core.wakes()

    def _look(self) -> None:
        if self.console.poll():
            self.soc.input_arrived()
        self.counts.write()
        self._check_end()

    def _check_end(self) -> None:
        """Firmware that goes on for ever after the end of its input, in silence or not, is stopped at last."""
        if self.console.ended:
            self._ended_at = self._ended_at or self.clock.now()
            if self.clock.now() - self._ended_at > BUSY_END_MS * self.clock.hz // 1000:
                self.stop_requested = True

    def _idle(self, end: int) -> bool:
        """The CPU sleeps: time jumps while there is traffic, and else goes as it does outside."""
        clock, console = self.clock, self.console
        if console.poll():
            self.soc.input_arrived()
        self.counts.write()
        self._check_end()
        now = clock.now()
        urgent = min(clock.urgent(), self._hang_at, end)
        traffic = (console.waiting() and console.listening) or self.soc.busy() or end != NEVER
        if console.ended and not traffic:
            if self._quiet_ms() > IDLE_END_MS or urgent == NEVER:
                return False
            traffic = True
            urgent = min(urgent, now + IDLE_END_MS * clock.hz // 1000)
        if traffic and urgent != NEVER:
            clock.sleep_until(urgent)
            return True
        begun = time.monotonic()
        wait_ms = min(1000.0, max(0.0, (urgent - now) * 1000 / clock.hz))
        arrived = console.poll(wait_ms)
        passed = int((time.monotonic() - begun) * clock.hz)
        clock.sleep_until(min(urgent, now + max(passed, 1)))
        if arrived:
            clock.sync()
            self.soc.input_arrived()
        return True

    def _quiet_ms(self) -> float:
        """Virtual time since the last byte went in or out."""
        now, seen = self.clock.now(), (self.console.received, self.console.sent)
        if self._last_traffic[:2] != seen:
            self._last_traffic = (*seen, now)
        return (now - self._last_traffic[2]) * 1000 / self.clock.hz

    # --- reset and the injected hang ---

    def _reset(self) -> None:
        cause = self.core.reset_cause
        self.counts.note_reset(cause)
        self.core.reset()
        self.scs.reset()
        self.soc.reset(cause)

    def _hang(self) -> None:
        """The main loop goes round in two instructions of ours from now to the next reset; interrupts are served."""
        core = self.core
        if core.active:
            self._hang_at = self.clock.now() + 64  # it is not the main loop that runs now
            return
        self.report(f"the main loop hangs, as asked, at {self.clock.now() * 1000 / self.clock.hz:.3f} ms")
        if not self._hang_seen:
            self.uc.mem_map(HANG_PAGE, 0x1000, unicorn.UC_PROT_READ | unicorn.UC_PROT_EXEC)
            self.uc.mem_write(HANG_PAGE, b"\x00\xbf\xfd\xe7")  # nop; b to it
        self._hang_seen = True
        self._hang_at = NEVER
        for mask in (reg.PRIMASK, reg.BASEPRI, reg.FAULTMASK):
            self.uc.reg_write(mask, 0)
        core.sleeping = ""
        core.pc = HANG_PAGE
        self.uc.reg_write(reg.PC, HANG_PAGE)
