"""What `--counts` writes: figures of a run that need no help from the firmware."""

from __future__ import annotations

import json
import os
import time
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .machine import Machine

PERIOD_S = 0.5
LIMIT_SYMBOL, TOP_SYMBOL = "__stack_limit", "__stack_top"


class Counts:
    """Gathers, and writes to a file every half second and at the end."""

    def __init__(self, machine: Machine, symbols: dict[str, int]) -> None:
        self._machine = machine
        self.stack_limit = symbols.get(LIMIT_SYMBOL, 0)
        self.stack_top = symbols.get(TOP_SYMBOL, 0)
        self.resets: Counter[str] = Counter(power=1)
        self.path: Path | None = None
        self._stack_seen = 0
        self._written = 0.0

    def note_reset(self, cause: str) -> None:
        """Keeps what the next boot would wipe out."""
        self._stack_seen = self.stack_seen()
        self.resets[cause] += 1

    def stack_seen(self) -> int | None:
        """Bytes from the stack's top to the lowest word that differs from the paint below it: ours, laid at
        power-on, or the firmware's own. None without the two symbols."""
        size = self.stack_top - self.stack_limit
        if size <= 0:
            return None
        memory = bytes(self._machine.uc.mem_read(self.stack_limit, size))
        paint = memory[:4]
        clean = 0
        while memory[clean : clean + 4] == paint:
            clean += 4
        return max(self._stack_seen or 0, size - clean)

    def snapshot(self) -> dict[str, object]:
        """All figures, by now."""
        machine = self._machine
        clock, console = machine.clock, machine.console
        now, executed = clock.now(), clock.executed()
        return {
            "instructions": machine.counter.instructions(),
            **({"cycles": executed} if machine.counter.cycles else {}),
            "virtual_s": round(now / clock.hz, 6),
            "asleep": round(1 - executed / now, 6) if now else 0.0,
            "resets": dict(self.resets),
            "stack_bytes": self.stack_top - self.stack_limit if self.stack_top else None,
            "stack_seen": self.stack_seen(),
            "uart": {
                "in": console.received,
                "out": console.sent,
                "overruns": console.overruns,
                "lost_while_off": console.lost,
            },
        }

    def write(self, final: bool = False) -> None:
        """Writes the file anew when its time has come; whoever reads it never sees half of it."""
        if self.path is None or (not final and time.monotonic() - self._written < PERIOD_S):
            return
        self._written = time.monotonic()
        scratch = self.path.with_name(f"{self.path.name}.{os.getpid()}")
        scratch.write_text(json.dumps(self.snapshot()) + "\n")
        scratch.replace(self.path)
