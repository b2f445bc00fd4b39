"""Bosch BMA400 as its data sheet (BST-BMA400-DS000, revision 1) describes it: what a driver that samples through the FIFO meets.

Modelled: identity, soft reset, power modes, ranges and rates, data registers, self-test, the FIFO with watermark, flush, control frames
and overwriting, INT1. Not modelled: filters and noise (samples are those of the file), activity, steps, taps, the second pin.
"""

from __future__ import annotations

from collections import deque
from types import MappingProxyType

import numpy as np

from .sampled import REGISTERS, SampledPart

CHIP_ID, ACC_X_LSB, INT_STAT0, FIFO_LENGTH0, FIFO_DATA = 0x00, 0x04, 0x0E, 0x12, 0x14
ACC_CONFIG0, ACC_CONFIG1, INT_CONFIG0, INT1_MAP, INT12_IO_CTRL = 0x19, 0x1A, 0x1F, 0x21, 0x24
FIFO_CONFIG0, FIFO_CONFIG1, FIFO_CONFIG2, SELF_TEST, CMD = 0x26, 0x27, 0x28, 0x7D, 0x7E
NORMAL, SOFT_RESET, FLUSH, WATERMARK = 2, 0xB6, 0xB0, 1 << 6
FIFO_BYTES, XYZ_12_BIT, CONTROL, EMPTY, GARBLED = 1024, 0x9E, 0x48, 0x80, 0x5A
FRAME_BYTES = 7
PUSH_STEPS = (
    1000,
    800,
    250,
)  # how far the self-test moves the mass one way, at 512 steps a g: above half of 4.9's least differences


class Bma400(SampledPart):
    """One part on I²C with SDO low."""

    address = 0x14
    identity = (CHIP_ID, 0x90)
    defaults = MappingProxyType({ACC_CONFIG1: 0x49, INT12_IO_CTRL: 0x22})

    # --- registers ---

    def write(self, data: bytes, now: int) -> None:
        """The first byte is a register's number."""
        self.catch_up(now)
        self.pointer = data[0] % REGISTERS
        for value in data[1:]:
            self._set(self.pointer, value, now)
            self.pointer = (self.pointer + 1) % REGISTERS

    def _set(self, register: int, value: int, now: int) -> None:
        if register == CMD:
            if value == SOFT_RESET:
                self.reset(now)
            elif value == FLUSH:
                self.clear()
            return
        if register <= FIFO_DATA:
            return  # read-only
        before = self.registers[register]
        self.registers[register] = value
        if register in (ACC_CONFIG0, ACC_CONFIG1, FIFO_CONFIG0) and value != before:
            if self.logging() and register != FIFO_CONFIG0:
                self._push(bytes([CONTROL, 2 if register == ACC_CONFIG0 else 4]))
            self.plan(now)

    def read(self, n: int, now: int) -> bytes:
        """From the register last named on; FIFO_DATA stays where it is."""
        self.catch_up(now)
        if self.pointer == FIFO_DATA:
            return self._read_fifo(n)
        data = bytes(self._value((self.pointer + i) % REGISTERS) for i in range(n))
        self.pointer = (self.pointer + n) % REGISTERS
        return data

    def _value(self, register: int) -> int:
        if FIFO_LENGTH0 <= register <= FIFO_LENGTH0 + 1:
            return (self._fifo_bytes >> 8 * (register - FIFO_LENGTH0)) & 0xFF
        if ACC_X_LSB <= register < ACC_X_LSB + 6:
            steps = self._now_measured()[(register - ACC_X_LSB) // 2] & 0xFFF
            return steps >> 8 if (register - ACC_X_LSB) % 2 else steps & 0xFF
        if register == INT_STAT0:
            return WATERMARK if self._over_watermark() else 0
        return self.registers[register]

    # --- sampling ---

    def _range_g(self) -> int:
        return 2 << (self.registers[ACC_CONFIG1] >> 6)

    def _steps(self, mg: np.ndarray) -> np.ndarray:
        """Twelve bits: 2048 steps for the range."""
        return np.clip(np.rint(mg * (2048 / self._range_g() / 1000)), -2048, 2047).astype(int)

    def _now_measured(self) -> list[int]:
        if self.registers[ACC_CONFIG0] & 3 != NORMAL:
            return [0, 0, 0]
        steps = self._steps(np.array([0, 0, 1000]))
        push = self.registers[SELF_TEST]
        if push & 7 and self.sound:
            way = -1 if push & 8 else 1
            steps = steps + np.array([way * s * 4 // self._range_g() for s in PUSH_STEPS])
        return [int(s) for s in steps]

    def period(self) -> int:
        rate = max(5, min(11, self.registers[ACC_CONFIG1] & 15))  # 5.20: 12.5 Hz · 2^(code - 5)
        return self.hz * 2 // (25 << rate - 5)

    def logging(self) -> bool:
        return self.registers[FIFO_CONFIG0] >> 5 == 7 and self.registers[ACC_CONFIG0] & 3 == NORMAL

    def store(self, frame: np.ndarray) -> None:
        header = GARBLED if self.taken == self.garbled_at else XYZ_12_BIT
        self._push(bytes([header, *(b for s in self._steps(frame) & 0xFFF for b in (int(s) & 15, int(s) >> 4))]))

    # --- the FIFO (4.5) ---

    def _push(self, frame: bytes) -> None:
        self._fifo.append(frame)
        self._fifo_bytes += len(frame)
        while self._fifo_bytes > FIFO_BYTES:
            self._fifo_bytes -= len(self._fifo.popleft())

    def clear(self) -> None:
        self._fifo: deque[bytes] = deque()
        self._fifo_bytes = 0

    def _read_fifo(self, n: int) -> bytes:
        """Whole frames; one that the burst ends within stays, and comes again."""
        data = bytearray()
        while self._fifo and len(data) < n:
            frame = self._fifo[0]
            if len(data) + len(frame) <= n:
                self._fifo.popleft()
                self._fifo_bytes -= len(frame)
            data += frame[: n - len(data)]
        return bytes(data) + bytes([EMPTY, 0] * n)[: n - len(data)]

    # --- INT1 (4.6) ---

    def _watermark(self) -> int:
        return self.registers[FIFO_CONFIG1] | (self.registers[FIFO_CONFIG2] & 7) << 8

    def _over_watermark(self) -> bool:
        return bool(self._watermark()) and self._fifo_bytes >= self._watermark()

    def _wired(self) -> bool:
        on = self.registers[INT_CONFIG0] & self.registers[INT1_MAP] & WATERMARK
        return bool(on and self.registers[INT12_IO_CTRL] & 2)

    def interrupt(self, now: int) -> bool:
        self.catch_up(now)
        return self._wired() and self._over_watermark()

    def missing(self) -> int:
        return -(-(self._watermark() - self._fifo_bytes) // FRAME_BYTES) if self._wired() else 0
