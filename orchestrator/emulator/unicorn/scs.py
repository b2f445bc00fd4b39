"""The System Control Space of a Cortex-M: NVIC, SysTick, SCB and the cycle counter (ARMv7-M ARM, B3 and C1.8).

Which of it a core has, and in what widths, is in its `Features`.
"""

from __future__ import annotations

from collections.abc import Callable

from . import mpu
from .clock import NEVER, Clock
from .cortexm import CortexM
from .faults import BUS_FAULT, Fault

SYSTICK, PENDSV = 15, 14
TRCENA = 1 << 24
FIXED = {0xD00: 0x410FC241, 0xF40: 0x10110021, 0xF44: 0x11000011, 0xD90: 0, 0x01C: 0}  # CPUID, MVFR, no MPU, CALIB
CCR_TRAPS = {3: "UNALIGN_TRP", 4: "DIV_0_TRP"}


class SysTick:
    """A 24-bit timer of CPU cycles; it stands still in sleep where the chip stops the CPU's clock (B3.3)."""

    def __init__(self, clock: Clock, core: CortexM, runs_in_sleep: bool) -> None:
        self._clock = clock
        self._core = core
        self._runs_in_sleep = runs_in_sleep
        self.reset()

    def reset(self) -> None:
        """Off, at 0."""
        self.control = self.reload = 0
        self.flag = False
        self._zero_at = 0  # when the counter next reaches 0, in its own time
        self._held = 0

    def _time(self) -> int:
        return self._clock.now() if self._runs_in_sleep else self._clock.executed()

    @property
    def due(self) -> int:
        """See `clock.Timed`."""
        if not self.control & 1 or not self.reload:
            return NEVER
        return self._zero_at + (0 if self._runs_in_sleep else self._clock.asleep)

    @property
    def urgent(self) -> int:
        """See `clock.Timed`."""
        if not self.control & 2 or (self._core.sleeping and not self._runs_in_sleep):
            return NEVER
        return self.due

    def fire(self, _now: int, _horizon: int) -> None:
        """See `clock.Timed`."""
        self._zero_at += self.reload + 1
        self.flag = True
        if self.control & 2:
            self._core.pend(SYSTICK)

    def read(self, offset: int) -> int:
        """SYST_CSR, RVR, CVR."""
        if offset == 0x10:
            value = self.control | (1 << 16 if self.flag else 0)
            self.flag = False
            return value
        if offset == 0x14:
            return self.reload
        return max(0, self._zero_at - self._time()) & 0xFFFFFF if self.control & 1 else self._held

    def write(self, offset: int, value: int) -> None:
        """SYST_CSR, RVR, CVR."""
        if offset == 0x14:
            self.reload = value & 0xFFFFFF
        elif offset == 0x18:
            self._held = 0
            self.flag = False
            self._zero_at = self._time() + self.reload + 1
        else:
            if value & 1 and not self.control & 1:
                self._zero_at = self._time() + (self._held or self.reload + 1)
            elif not value & 1 and self.control & 1:
                self._held = max(0, self._zero_at - self._time())
            self.control = value & 7
        self._clock.changed(self)


class SystemControl:
    """The registers from 0xE000E000, and the DWT's from 0xE0001000."""

    def __init__(self, core: CortexM, clock: Clock, report: Callable[[str], None]) -> None:
        self._core = core
        self._features = core.features
        self._clock = clock
        self._report = report
        self._told: set[tuple[str, int]] = set()
        self._fixed = {**FIXED, **core.features.registers}
        self.systick = SysTick(clock, core, core.features.systick_in_sleep)
        clock.add(self.systick)
        self.reset()

    def reset(self) -> None:
        """As after a reset; the NVIC's part is the core's."""
        self.systick.reset()
        self._plain: dict[int, int] = {0xD14: self._features.ccr}
        self._prigroup = 0
        self._cycles_at = 0
        self._cycles_on = False

    # --- data watchpoint and trace: the cycle counter ---

    def read_dwt(self, offset: int, _size: int) -> int:
        """DWT_CTRL and DWT_CYCCNT; the rest reads 0."""
        if not self._features.cycle_counter:
            return 0
        if offset == 0x000:
            return 0x40000000 | int(self._cycles_on)
        if offset == 0x004:
            return (
                (self._clock.executed() - self._cycles_at) & 0xFFFFFFFF
                if self._cycles_on
                else self._cycles_at & 0xFFFFFFFF
            )
        return 0

    def write_dwt(self, offset: int, _size: int, value: int) -> None:
        """DWT_CTRL and DWT_CYCCNT."""
        now = self._clock.executed()
        if not self._features.cycle_counter:
            return
        if offset == 0x000:
            on = bool(value & 1) and bool(self._plain.get(0xDFC, 0) & TRCENA)
            if on != self._cycles_on:  # while off, `_cycles_at` is the held count itself
                self._cycles_at = now - self._cycles_at
                self._cycles_on = on
        elif offset == 0x004:
            self._cycles_at = now - value if self._cycles_on else value

    # --- system control space ---

    def read(self, offset: int, size: int) -> int:
        """From 0xE000E000 on, in any width."""
        self._clock.sync()
        if not self._there("read", offset, size):
            return 0
        word = self._read_word(offset & ~3)
        return word >> (8 * (offset & 3)) & ((1 << (8 * size)) - 1)

    def write(self, offset: int, size: int, value: int) -> None:
        """From 0xE000E000 on, in any width."""
        self._clock.sync()
        if not self._there("write", offset, size):
            return
        if size < 4:
            shift = 8 * (offset & 3)
            old = 0 if offset & ~3 == 0xD28 else self._read_word(offset & ~3)  # CFSR is cleared by ones
            mask = ((1 << (8 * size)) - 1) << shift
            value = old & ~mask | value << shift & mask
        self._write_word(offset & ~3, value)
        self._core.counter.context.limit = 0  # whatever changed, look again before the next block

    def _there(self, what: str, offset: int, size: int) -> bool:
        """Whether the core has this register, in this width (ARMv6-M ARM, B3.1: words only, else UNPREDICTABLE)."""
        if size < 4 and not self._features.narrow_access:
            where = 0xE000E000 + offset
            self._core.refuse(Fault(BUS_FAULT, 1 << 9, where, f"{8 * size}-bit {what} of 0x{where:08X}: words only"))
            return False
        if offset & ~3 in self._features.present:
            return True
        if (what, offset) not in self._told:
            self._told.add((what, offset))
            self._report(f"{what} of 0x{0xE000E000 + offset:08X}, a register that this core does not have")
        return False

    def _read_word(self, offset: int) -> int:
        core = self._core
        if 0x010 <= offset <= 0x018:
            return self.systick.read(offset)
        if 0x100 <= offset < 0x400:
            mask = {0x100: core.enabled, 0x180: core.enabled, 0x200: core.pending, 0x280: core.pending}.get(
                offset & 0x380
            )
            if mask is None:
                mask = sum(1 << n for n in core.active)
            return mask >> (16 + 8 * (offset & 0x7C)) & 0xFFFFFFFF
        if 0x400 <= offset < 0x400 + core.exceptions - 16 or 0xD18 <= offset <= 0xD20:
            first = 16 + offset - 0x400 if offset < 0xD00 else 4 + offset - 0xD18
            return sum(max(0, p) << (8 * i) for i, p in enumerate(core.priority[first : first + 4]))
        if offset == 0xD04:
            vectpending = core._best(core.pending & core.enabled) if core.pending & core.enabled else 0
            return self._features.icsr & (
                (core.active[-1] if core.active else 0)
                | (1 << 11 if len(core.active) <= 1 else 0)
                | vectpending << 12
                | (1 << 22 if core.pending >> 16 else 0)
                | (core.pending >> SYSTICK & 1) << 26
                | (core.pending >> PENDSV & 1) << 28
                | (core.pending >> 2 & 1) << 31
            )
        if offset == 0xD0C:
            return 0xFA050000 | self._prigroup << 8
        if offset == 0xD24:
            active = {n: b for n, b in ((4, 0), (5, 1), (6, 3), (11, 7), (14, 10), (15, 11)) if n in core.active}
            enabled = sum(1 << (16 + n - 4) for n in self._features.own_faults if core.enabled >> n & 1)
            return enabled | sum(1 << bit for bit in active.values())
        status = core.status
        values = {
            0xD08: core.vtor, 0xD28: status.cfsr, 0xD2C: status.hfsr, 0xD34: status.mmfar, 0xD38: status.bfar,
            0xF34: core.fpccr, 0xF38: core.fpcar, 0x004: (core.exceptions - 17) // 32,
        }  # fmt: skip
        if offset in values:
            return values[offset]
        return self._fixed.get(offset, self._plain.get(offset, 0))

    def _write_word(self, offset: int, value: int) -> None:
        core = self._core
        if 0x010 <= offset <= 0x018:
            self.systick.write(offset, value)
        elif 0x100 <= offset < 0x300:
            self._write_nvic(offset & 0x380, value << (16 + 8 * (offset & 0x7C)))
        elif 0x400 <= offset < 0x400 + core.exceptions - 16 or 0xD18 <= offset <= 0xD20:
            first = 16 + offset - 0x400 if offset < 0xD00 else 4 + offset - 0xD18
            for i in range(min(4, core.exceptions - first)):
                core.priority[first + i] = value >> (8 * i) & core.priority_mask
        elif offset == 0xD04:
            for bit, number in ((31, 2), (28, PENDSV), (26, SYSTICK)):
                if value >> bit & 1:
                    core.pend(number)
            core.pending &= ~((value >> 27 & 1) << PENDSV | (value >> 25 & 1) << SYSTICK)
        elif offset == 0xD08:
            core.vtor = value & self._features.vtor
        elif offset == 0xD0C:
            self._write_aircr(value)
        elif offset == 0xD10:
            self._plain[offset] = value
            core.sleep_on_exit = bool(value & 2)
            core.send_event_on_pend = bool(value & 16)
        elif offset == 0xD14:
            if not self._features.ccr_writable:
                return
            self._plain[offset] = value
            core.mpu.data_cache = bool(value >> 16 & 1)
            for bit, name in CCR_TRAPS.items():
                if value >> bit & 1:
                    self._report(f"CCR.{name} was set; this emulator does not trap it")
        elif offset == 0xD24:
            for n in self._features.own_faults:
                core.enabled = core.enabled & ~(1 << n) | (value >> (12 + n) & 1) << n
        elif offset == 0xD28:
            core.status.cfsr &= ~value
        elif offset == 0xD2C:
            core.status.hfsr &= ~value
        elif offset == 0xF00:
            core.pend(16 + (value & 0x1FF))
        elif offset == 0xF34:
            core.fpccr = value & 0xC0000000
        elif offset == 0xD88:
            self._plain[offset] = value
            core.fpu_on = value >> 20 & 0xF in (5, 0xF)
        elif offset not in self._fixed:
            self._plain[offset] = value
            if mpu.CTRL <= offset <= mpu.RASR:
                core.mpu.write(offset, value)

    def _write_nvic(self, bank: int, bits: int) -> None:
        core = self._core
        bits &= (1 << core.exceptions) - 1
        if bank == 0x100:
            core.enabled |= bits
        elif bank == 0x180:
            core.enabled &= ~bits
        elif bank == 0x200:
            core.pending |= bits
        else:
            core.pending = core.pending & ~bits | core.lines & bits & core.pending  # a high line stays pending

    def _write_aircr(self, value: int) -> None:
        if value >> 16 != 0x05FA:
            self._report(f"write of 0x{value:08X} to AIRCR without its key")
            return
        if self._features.priority_groups:
            self._prigroup = value >> 8 & 7
            self._core.group_mask = (0xFF << (self._prigroup + 1)) & 0xFF
        if value & 4:
            self._core.reset_cause = "soft"
            self._core.counter.context.limit = 0
