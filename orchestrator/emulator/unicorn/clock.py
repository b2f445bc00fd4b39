"""Virtual time: an executed instruction is one CPU cycle, or as many as it takes where cycles are counted; sleep adds
cycles in which nothing executes."""

from __future__ import annotations

from operator import attrgetter
from typing import Protocol

from .counter import Context

NEVER = 1 << 62
_due, _urgent = attrgetter("due"), attrgetter("urgent")


class Timed(Protocol):
    """A device with a future. `due` is its next event; `urgent` its next one that the CPU could notice by itself
    (an interrupt, a reset): only those end a run early, the others are caught up with at the next access."""

    due: int
    urgent: int

    def fire(self, now: int, horizon: int) -> None:
        """Does what is due at `now`, which is this device's `due`, and moves `due` and `urgent` on. It may go on to
        `horizon`: until then no other device does anything, and the CPU looks at nothing."""


class Clock:
    """Keeps devices in step with the CPU."""

    def __init__(self, context: Context, hz: int) -> None:
        self.hz = hz
        self._context = context
        self._devices: list[Timed] = []
        self._next = 0
        self._event_time: int | None = None
        self.run_end = 0
        self.asleep = 0

    def add(self, device: Timed) -> None:
        """Makes a device take part."""
        self._devices.append(device)

    def now(self) -> int:
        """Cycles since power came on; inside `fire`, the exact cycle of the event."""
        if self._event_time is not None:
            return self._event_time
        return self._context.count + self.asleep

    def executed(self) -> int:
        """Cycles in which the CPU was awake."""
        return self._context.count

    def changed(self, device: Timed) -> None:
        """A device's future changed; when it now wants the CPU before the present run ends, the run ends."""
        if device.due < self._next:
            self._next = device.due
        if device.urgent < self.run_end:
            self._context.limit = 0

    def sync(self) -> None:
        """Lets everything happen that is due by now, in order."""
        if self._event_time is not None:
            return
        now = self._context.count + self.asleep
        if now < self._next:
            return
        while True:
            first, second = sorted(self._devices, key=_due)[:2]
            due = first.due
            if due > now:
                self._next = due
                return
            self._event_time = due
            try:
                first.fire(due, max(due, min(now, second.due - 1)))
            finally:
                self._event_time = None

    def urgent(self) -> int:
        """When the CPU must be looked at again."""
        return min(map(_urgent, self._devices))

    def sleep_until(self, when: int) -> None:
        """Passes time in which nothing executes."""
        self.asleep += max(0, when - self.now())
