"""Which exceptions wait for their turn, and which may come in: the NVIC and the priorities of a Cortex-M (ARMv7-M ARM, B1.5.4)."""

from __future__ import annotations

from typing import Any

from . import registers as reg
from .counter import Counter
from .faults import HARD_FAULT, NMI, SVCALL
from .features import Features
from .registers import RegisterSet

PENDSV, SYSTICK = 14, 15


class Exceptions:
    """The part of a core that decides; taking one is CortexM's business."""

    def __init__(self, uc: Any, counter: Counter, features: Features) -> None:
        self.uc = uc
        self.counter = counter
        self.features = features
        self.exceptions = 16 + features.irqs
        self.priority_mask = (0xFF << (8 - features.priority_bits)) & 0xFF
        self._masks = RegisterSet(uc, [reg.PRIMASK, reg.BASEPRI, reg.FAULTMASK])

    def reset_exceptions(self) -> None:
        """None waits, none is active, and those that cannot be disabled are enabled."""
        self.pending = 0
        self.enabled = sum(1 << number for number in (NMI, HARD_FAULT, SVCALL, PENDSV, SYSTICK))
        self.lines = 0
        self.active: list[int] = []
        self.priority = [0] * self.exceptions
        self.priority[1:4] = [-3, -2, -1]
        self.group_mask = 0xFF
        self.event = False
        self.send_event_on_pend = False

    def pend(self, number: int) -> None:
        """Makes an exception wait for its turn."""
        bit = 1 << number
        if not self.pending & bit:
            self.pending |= bit
            self.event = self.event or self.send_event_on_pend
            self.counter.context.limit = 0

    def set_line(self, irq: int, level: bool) -> None:
        """An interrupt line: pends on its rise, and again at the handler's end while it is still high."""
        bit = 1 << (16 + irq)
        if not level:
            self.lines &= ~bit
        elif not self.lines & bit:
            self.lines |= bit
            self.pend(16 + irq)

    def group(self, priority: int) -> int:
        """The part of a priority that decides about preemption (AIRCR.PRIGROUP)."""
        return priority if priority < 0 else priority & self.group_mask

    def _best(self, candidates: int) -> int:
        best, best_priority = 0, 1 << 9
        while candidates:
            number = (candidates & -candidates).bit_length() - 1
            if self.priority[number] < best_priority:
                best, best_priority = number, self.priority[number]
            candidates &= candidates - 1
        return best

    def execution_priority(self, ignore_primask: bool = False) -> int:
        """What a new exception must be more urgent than."""
        primask, basepri, faultmask = self._masks.read()
        level = 256
        for number in self.active:
            level = min(level, self.group(self.priority[number]))
        if basepri:
            level = min(level, self.group(basepri))
        if primask & 1 and not ignore_primask:
            level = min(level, 0)
        if faultmask & 1:
            level = min(level, -1)
        return level

    def wakes(self) -> bool:
        """Something pends that ends WFI: what would be taken if PRIMASK were clear (B1.5.19)."""
        candidates = self.pending & self.enabled
        return bool(candidates) and self.group(self.priority[self._best(candidates)]) < self.execution_priority(True)
