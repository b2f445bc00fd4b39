"""ST LIS2DH12 as its data sheet (DS10619, revision 7) describes it: what a driver that samples through the FIFO meets.

Modelled: identity, modes, ranges and rates, self-test, the FIFO in bypass and stream mode, INT1 with the watermark. Not modelled:
filters and noise (samples are those of the file), FIFO and stream-to-FIFO mode, interrupts of motion, the second pin.
"""

from __future__ import annotations

from collections import deque
from types import MappingProxyType

import numpy as np

from .sampled import REGISTERS, SampledPart

WHO_AM_I, CTRL_REG1, CTRL_REG3, CTRL_REG4, CTRL_REG5, CTRL_REG6 = 0x0F, 0x20, 0x22, 0x23, 0x24, 0x25
OUT_X_L, FIFO_CTRL, FIFO_SRC = 0x28, 0x2E, 0x2F
COUNT_ON, LEVELS, STREAM = 0x80, 32, 2
RATES_HZ = (0, 1, 10, 25, 50, 100, 200, 400)
FORCE = (100, 100, 100)  # steps of 4 mg, within 2.1's 17 … 360
WRITABLE = range(0x1E, 0x40)


class Lis2dh12(SampledPart):
    """One part on I²C with SA0 low. The n-th frame of `garbled-at` is what no part measures: there is no format to break here, so it
    is refused."""

    address = 0x18
    identity = (WHO_AM_I, 0x33)
    defaults = MappingProxyType({0x1E: 0x10, CTRL_REG1: 0x07})
    reset_ms = 5.0  # boot time (7.1)

    def __init__(self, frames: np.ndarray, **faults: str) -> None:
        if "garbled_at" in faults:
            raise ValueError("its FIFO has no format that could be garbled")
        super().__init__(frames, **faults)

    # --- registers ---

    def write(self, data: bytes, now: int) -> None:
        """The first byte is a register's number, with COUNT_ON for several."""
        self.catch_up(now)
        self.pointer = data[0]
        for value in data[1:]:
            register = self.pointer % REGISTERS
            if register in WRITABLE and register != FIFO_SRC:
                before, self.registers[register] = self.registers[register], value
                self._written(register, before, value, now)
            self._count()

    def _count(self) -> None:
        """The next register, or, where the FIFO is read, X again after Z (5.1.1, AN5005)."""
        if self.pointer & COUNT_ON:
            wraps = self.pointer % REGISTERS == OUT_X_L + 5 and self._fifo_on()
            self.pointer = OUT_X_L | COUNT_ON if wraps else (self.pointer + 1) % REGISTERS | COUNT_ON

    def _written(self, register: int, before: int, value: int, now: int) -> None:
        if register == FIFO_CTRL and value >> 6 == 0:
            self.clear()
        if register in (CTRL_REG1, CTRL_REG5, FIFO_CTRL) and value != before:
            self.plan(now)

    def read(self, n: int, now: int) -> bytes:
        """From the register last named on."""
        self.catch_up(now)
        data = bytearray()
        for _ in range(n):
            data.append(self._value(self.pointer % REGISTERS))
            self._count()
        return bytes(data)

    def _value(self, register: int) -> int:
        if OUT_X_L <= register < OUT_X_L + 6:
            return self._output(register - OUT_X_L)
        if register == FIFO_SRC:
            waiting = len(self._fifo)
            over = waiting > self._watermark()
            return over << 7 | (waiting == LEVELS) << 6 | (not waiting) << 5 | min(waiting, LEVELS - 1)
        return self.registers[register]

    def _output(self, place: int) -> int:
        """A byte of the oldest frame, which goes with its last one; without the FIFO, of what is measured now."""
        if not self._fifo_on():
            frame = self._bytes(self._now_measured())
        else:
            frame = self._fifo[0] if self._fifo else self._last
            if place == 5 and self._fifo:
                self._last = self._fifo.popleft()
        return frame[place]

    # --- sampling ---

    def _range_g(self) -> int:
        return 2 << (self.registers[CTRL_REG4] >> 4 & 3)

    def _bits(self) -> int:
        """8, 10 or 12, left-justified in 16 (2.6.3)."""
        return 8 if self.registers[CTRL_REG1] & 8 else 12 if self.registers[CTRL_REG4] & 8 else 10

    def _steps(self, mg: np.ndarray) -> np.ndarray:
        """2.1, table 4: 1, 2, 4 or 12 mg a step of 12 bits, at ±16 g three times that of ±8 g; fewer bits, so much coarser."""
        bits = self._bits()
        step = {2: 1, 4: 2, 8: 4, 16: 12}[self._range_g()] << 12 - bits
        return np.clip(np.rint(mg / step), -(1 << bits - 1), (1 << bits - 1) - 1).astype(int)

    def _bytes(self, steps: np.ndarray) -> bytes:
        return b"".join((int(s) << 16 - self._bits() & 0xFFFF).to_bytes(2, "little") for s in steps)

    def _now_measured(self) -> np.ndarray:
        steps = self._steps(np.array([0, 0, 1000]))
        force = {0: 0, 1: 1, 2: -1, 3: 0}[self.registers[CTRL_REG4] >> 1 & 3]
        return steps + force * np.array(FORCE) if self.sound else steps

    def period(self) -> int:
        return self.hz // RATES_HZ[min(7, max(1, self.registers[CTRL_REG1] >> 4))]

    def _fifo_on(self) -> bool:
        return bool(self.registers[CTRL_REG5] & 0x40) and self.registers[FIFO_CTRL] >> 6 == STREAM

    def logging(self) -> bool:
        return self._fifo_on() and self.registers[CTRL_REG1] & 7 == 7 and bool(self.registers[CTRL_REG1] >> 4)

    def store(self, frame: np.ndarray) -> None:
        if len(self._fifo) == LEVELS:
            self._fifo.popleft()
        self._fifo.append(self._bytes(self._steps(frame)))

    def clear(self) -> None:
        self._fifo: deque[bytes] = deque()
        self._last = bytes(6)

    # --- INT1 ---

    def _watermark(self) -> int:
        return self.registers[FIFO_CTRL] & 31

    def _wired(self) -> bool:
        return bool(self.registers[CTRL_REG3] & 4) and not self.registers[CTRL_REG6] & 2

    def interrupt(self, now: int) -> bool:
        self.catch_up(now)
        return self._wired() and len(self._fifo) > self._watermark()

    def missing(self) -> int:
        return self._watermark() + 1 - len(self._fifo) if self._wired() else 0
