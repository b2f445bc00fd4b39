"""What parts that sample have in common: power, faults, a file whose frames they measure one after the other, a row of registers."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

REGISTERS = 128
CLOCKS_TO_LET_GO = 9  # UM10204, 3.1.16


class SampledPart:
    """A part with registers of 8 bits that measures `frames`, in the unit of its driver, each once.

    Faults: `absent`, `id=HEX`, `unsound`, `absent-at=MS`, `absent-to=MS`, `held-at=MS` (it holds the data line until it was clocked
    nine times), `held` (for ever), `garbled-at=N` (the n-th frame).
    """

    address = 0
    reset_ms = 1.0  # from power on or a reset to the first answer
    identity: tuple[int, int]  # register, value
    defaults: Mapping[int, int]

    def __init__(
        self,
        frames: np.ndarray,
        *,
        absent: str | None = None,
        id: str = "",
        unsound: str | None = None,
        absent_at: str = "inf",
        absent_to: str = "inf",
        held_at: str = "inf",
        held: str | None = None,
        garbled_at: str = "-1",
    ) -> None:
        if frames.ndim != 2 or frames.shape[1] != 3:
            raise ValueError(f"its frames are [n, 3] in mg, not of shape {frames.shape}")
        self._frames = np.asarray(frames, dtype=np.int64)
        self._id = int(id, 16) if id else self.identity[1]
        self.sound = unsound is None
        self._absent_ms = (0.0 if absent is not None else float(absent_at), float(absent_to))
        self._held_at_ms, self._held_for_ever = float(held_at), held is not None
        self.garbled_at = int(garbled_at)
        self.taken = 0  # frames of the file that were sampled
        self.start(1000)

    # --- what a part does its own way ---

    def logging(self) -> bool:
        """Whether it samples into its FIFO."""
        raise NotImplementedError

    def period(self) -> int:
        """Cycles from one sample to the next."""
        raise NotImplementedError

    def store(self, frame: np.ndarray) -> None:
        """Puts one frame of the file into the FIFO."""
        raise NotImplementedError

    def clear(self) -> None:
        """The FIFO as after a reset."""
        raise NotImplementedError

    def missing(self) -> int:
        """Samples until the interrupt pin rises; 0 when it is high, or will never be."""
        raise NotImplementedError

    def interrupt(self, now: int) -> bool:
        """The level of the interrupt pin."""
        raise NotImplementedError

    # --- power, faults, time ---

    def start(self, hz: int) -> None:
        """Power comes on."""
        self.hz = hz
        self._clocks = 0
        self.reset(0)

    def reset(self, now: int) -> None:
        """The registers as after power-on."""
        self.registers = bytearray(REGISTERS)
        for register, value in self.defaults.items():
            self.registers[register] = value
        self.registers[self.identity[0]] = self._id
        self.pointer = 0
        self.clear()
        self._ready_at = now + int(self.hz * self.reset_ms / 1000)
        self._next: int | None = None

    def _ms(self, now: int) -> float:
        return now * 1000 / self.hz

    def present(self, now: int) -> bool:
        """Whether it acknowledges its address."""
        low, high = self._absent_ms
        return not low <= self._ms(now) < high and now >= self._ready_at

    def holds_data(self, now: int) -> bool:
        """Whether it holds the data line low."""
        return self._held_for_ever or (self._ms(now) >= self._held_at_ms and self._clocks < CLOCKS_TO_LET_GO)

    def clock(self) -> None:
        """A clock pulse that belongs to no transfer."""
        self._clocks += 1

    # --- sampling ---

    def plan(self, now: int) -> None:
        """The rate, or whether it samples, has changed."""
        self._next = now + self.hz // 1000 + self.period() if self.logging() else None

    def catch_up(self, now: int) -> None:
        """All samples that are due by now."""
        while self._next is not None and self._next <= now:
            if self.taken == len(self._frames):
                self._next = None
                return
            self.store(self._frames[self.taken])
            self.taken += 1
            self._next += self.period()

    def sampling(self, now: int) -> bool:
        """Whether it still has something to sample."""
        self.catch_up(now)
        return self._next is not None

    def interrupt_at(self, now: int) -> int | None:
        """When the pin will rise, if nobody does anything; None when it is high, or never."""
        self.catch_up(now)
        missing = self.missing()
        if self._next is None or missing <= 0 or missing > len(self._frames) - self.taken:
            return None
        return self._next + (missing - 1) * self.period()
