"""POWER and CLOCK, which share a page (nRF52840 PS v1.7, 5.3 and 5.4), and WDT (6.36)."""

from __future__ import annotations

from ..clock import NEVER
from .block import Block
from .timing import LFCLK_HZ

HFCLKSTARTED, LFCLKSTARTED, DONE, CTTO = 0x100, 0x104, 0x10C, 0x110
HFCLKRUN, HFCLKSTAT, LFCLKRUN, LFCLKSTAT, LFCLKSRCCOPY, LFCLKSRC = 0x408, 0x40C, 0x414, 0x418, 0x41C, 0x518
RESETREAS, SYSTEMOFF, GPREGRET, GPREGRET2 = 0x400, 0x500, 0x51C, 0x520
REASONS = {"power": 0, "pin": 1 << 0, "watchdog": 1 << 1, "soft": 1 << 2, "lockup": 1 << 3}
EVENTS = (HFCLKSTARTED, LFCLKSTARTED, 0x108, DONE, CTTO, 0x114, 0x118, 0x11C, 0x120, 0x124, 0x128, 0x12C)
PLAIN = (0x510, 0x518, 0x528, 0x538, 0x55C, 0x578, 0x580, 0x5B4, *range(0x900, 0x990, 4))
ERRATA = {0x53C, 0x558, 0xEE4}  # written or read by start-up code as errata workarounds ask

# Typical start-up times (5.4.4), in ms; a crystal's 250 ms is cut to 2, for firmware that polls it.
HFXO_MS, LFRC_MS, LFXO_MS = 0.36, 0.6, 2.0


class PowerClock(Block):
    """Oscillators, and what a reset leaves behind."""

    name = "POWER/CLOCK"
    read_only = frozenset({HFCLKRUN, HFCLKSTAT, LFCLKRUN, LFCLKSTAT, LFCLKSRCCOPY})
    reasons = 0  # RESETREAS outlives every reset but power-on (5.3.7)
    retained = (0, 0)  # GPREGRET outlives a soft reset and a lockup

    def reset(self) -> None:
        super().reset()
        self.tasks = {
            0x000: self.start_hfclk, 0x004: self.stop_hfclk, 0x008: self.start_lfclk, 0x00C: self.stop_lfclk,
            0x010: lambda: self.event(DONE), 0x014: lambda: None, 0x018: lambda: None,
            0x078: lambda: None, 0x07C: lambda: None,
        }  # fmt: skip
        self.events = frozenset(EVENTS)
        self.plain |= dict.fromkeys((HFCLKRUN, HFCLKSTAT, LFCLKRUN, LFCLKSTAT, LFCLKSRCCOPY, *PLAIN, *ERRATA), 0)
        self.plain |= {0x428: 0xF, 0x438: 0, 0x528: 0x10, 0x640: 0, SYSTEMOFF: 0}
        self.plain |= {0x900 + 16 * n: 0xFFFF for n in range(9)}
        self.plain[GPREGRET], self.plain[GPREGRET2] = self.retained
        self.hf_due = self.lf_due = NEVER
        self.hf_on = self.lf_on = False

    def restart(self, cause: str) -> None:
        """What a reset of this cause leaves of RESETREAS and GPREGRET (5.3.6.8)."""
        kept = (self.plain[GPREGRET], self.plain[GPREGRET2])
        self.reasons |= REASONS[cause]
        self.retained = kept if cause in ("soft", "lockup") else (0, 0)

    def lfclk_running(self) -> bool:
        return self.lf_on or self.soc.wdt.running  # a running watchdog keeps LFRC on (6.36)

    def _after(self, ms: float) -> int:
        return self.soc.clock.now() + int(ms * self.soc.clock.hz / 1000)

    def start_hfclk(self) -> None:
        self.plain[HFCLKRUN] = 1
        self.hf_due = self._after(HFXO_MS)
        self.replan()

    def stop_hfclk(self) -> None:
        self.plain[HFCLKRUN] = 0
        self.hf_on, self.hf_due = False, NEVER
        self.replan()

    def start_lfclk(self) -> None:
        self.plain[LFCLKRUN] = 1
        self.plain[LFCLKSRCCOPY] = self.plain[LFCLKSRC]
        self.lf_due = self._after(LFXO_MS if self.plain[LFCLKSRC] & 3 == 1 else LFRC_MS)
        self.replan()

    def stop_lfclk(self) -> None:
        self.plain[LFCLKRUN] = 0
        self.lf_on, self.lf_due = False, NEVER
        self.soc.lfclk_changed(False)
        self.replan()

    def plan(self) -> None:
        self.due = self.urgent = min(self.hf_due, self.lf_due)

    def fire(self, now: int, _horizon: int) -> None:
        if self.hf_due <= now:
            self.hf_due, self.hf_on = NEVER, True
            self.event(HFCLKSTARTED)
        if self.lf_due <= now:
            self.lf_due, self.lf_on = NEVER, True
            self.soc.lfclk_changed(True)
            self.event(LFCLKSTARTED)
        self.plan()

    def read_word(self, offset: int) -> int:
        if offset == RESETREAS:
            return self.reasons
        if offset == HFCLKSTAT:  # STATE in bit 16; SRC in bit 0: the crystal rather than HFINT
            return 1 << 16 | int(self.hf_on)
        if offset == LFCLKSTAT:
            return 1 << 16 | self.plain[LFCLKSRCCOPY] & 3 if self.lf_on else 0
        return super().read_word(offset)

    def write_word(self, offset: int, value: int) -> None:
        if offset == RESETREAS:
            self.reasons &= ~value
        else:
            super().write_word(offset, value)

    def written(self, offset: int, value: int) -> None:
        if offset == SYSTEMOFF and value & 1:
            self.soc.report("SYSTEMOFF was entered; this emulator has nothing that wakes the chip from it")
            self.soc.core.sleeping = "off"


class Wdt(Block):
    """The watchdog: once started, only a reset stops it, and neither a soft reset nor a lockup does (5.3.6.8)."""

    name = "WDT"
    RELOAD = 0x6E524635
    running = False

    def reset(self) -> None:
        if self.running:
            return
        super().reset()
        self.tasks = {0x000: self.start}
        self.events = frozenset({0x100})
        self.plain |= {0x504: 0xFFFFFFFF, 0x508: 1, 0x50C: 1}
        self.requested = 0
        self.asleep_at = 0

    def stop(self) -> None:
        """By a reset that reaches the watchdog."""
        self.running = False
        self.reset()

    def start(self) -> None:
        if not self.running:
            self.running = True
            self.soc.lfclk_changed(True)
            self._reload()

    def _reload(self) -> None:
        self.requested = self.plain[0x508] & 0xFF
        period = (self.plain[0x504] + 1) * self.soc.clock.hz // LFCLK_HZ  # (CRV + 1) / 32768 s (6.36)
        self.due = self.urgent = self.soc.clock.now() + period
        self.asleep_at = self.soc.clock.asleep
        self.soc.clock.changed(self)

    def fire(self, now: int, _horizon: int) -> None:
        if not self.plain[0x50C] & 1 and self.soc.clock.asleep > self.asleep_at:  # CONFIG.SLEEP: pause in sleep
            self.due = self.urgent = now + self.soc.clock.asleep - self.asleep_at
            self.asleep_at = self.soc.clock.asleep
            return
        self.due = self.urgent = NEVER
        self.event(0x100)
        self.soc.core.reset_cause = "watchdog"  # two LFCLK cycles later on hardware: too few for a handler to matter

    def read_word(self, offset: int) -> int:
        if offset == 0x400:
            return int(self.running)
        if offset == 0x404:
            return self.requested if self.running else 1
        if 0x600 <= offset < 0x620:
            return 0
        return super().read_word(offset)

    def write_word(self, offset: int, value: int) -> None:
        if 0x600 <= offset < 0x620:
            bit = 1 << (offset - 0x600 >> 2)
            if value == self.RELOAD and self.running and self.requested & bit:
                self.requested &= ~bit
                if not self.requested:
                    self._reload()
        elif offset in (0x504, 0x508, 0x50C) and self.running:
            self.soc.report(f"WDT+0x{offset:03X} written while the watchdog runs, which hardware ignores (6.36)")
        else:
            super().write_word(offset, value)
