"""Bosch BMA400 as its data sheet (BST-BMA400-DS000, revision 1) describes it: what a driver that samples through the FIFO meets.

Modelled: identity, soft reset, power modes, ranges and rates, data registers, self-test, the FIFO with watermark, flush, control frames
and overwriting, INT1. Not modelled: filters and noise (samples are those of the file), activity, steps, taps, the second pin.
"""

from __future__ import annotations

from collections import deque

import numpy as np

CHIP_ID, ACC_X_LSB, INT_STAT0, FIFO_LENGTH0, FIFO_DATA = 0x00, 0x04, 0x0E, 0x12, 0x14
ACC_CONFIG0, ACC_CONFIG1, INT_CONFIG0, INT1_MAP, INT12_IO_CTRL = 0x19, 0x1A, 0x1F, 0x21, 0x24
FIFO_CONFIG0, FIFO_CONFIG1, FIFO_CONFIG2, SELF_TEST, CMD = 0x26, 0x27, 0x28, 0x7D, 0x7E
DEFAULTS = {CHIP_ID: 0x90, ACC_CONFIG1: 0x49, INT12_IO_CTRL: 0x22}
NORMAL, SOFT_RESET, FLUSH, WATERMARK = 2, 0xB6, 0xB0, 1 << 6
FIFO_BYTES, XYZ_12_BIT, CONTROL, EMPTY = 1024, 0x9E, 0x48, 0x80
PUSH_STEPS = (
    1000,
    800,
    250,
)  # how far the self-test moves the mass one way, at 512 steps a g: above half of 4.9's least differences
RESET_MS, START_MS = 1, 1  # 4.3, table 2: start-up
CLOCKS_TO_LET_GO = 9


class Bma400:
    """One part. `frames` are in mg; the n-th is what it measures n periods after its FIFO was switched on.

    Faults: `absent`, `id=HEX`, `unsound`, `absent-at=MS`, `absent-to=MS`, `held-at=MS` (it holds the data line until it was clocked
    nine times), `held` (for ever), `garbled-at=N` (the header of the n-th frame).
    """

    address = 0x14

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
        self._id = int(id, 16) if id else DEFAULTS[CHIP_ID]
        self._sound = unsound is None
        self._absent_ms = (0.0 if absent is not None else float(absent_at), float(absent_to))
        self._held_at_ms, self._held_for_ever = float(held_at), held is not None
        self._garbled_at = int(garbled_at)
        self._taken = 0  # frames of the file that were sampled
        self.start(1000)

    # --- power and registers ---

    def start(self, hz: int) -> None:
        self._hz = hz
        self._clocks = 0
        self._reset(0)

    def _reset(self, now: int) -> None:
        self._registers = bytearray(128)
        for register, value in DEFAULTS.items():
            self._registers[register] = value
        self._registers[CHIP_ID] = self._id
        self._pointer = 0
        self._fifo: deque[bytes] = deque()
        self._fifo_bytes = 0
        self._read_of_first = 0
        self._ready_at = now + self._hz * RESET_MS // 1000
        self._next = None  # when the next sample comes

    def _ms(self, now: int) -> float:
        return now * 1000 / self._hz

    def present(self, now: int) -> bool:
        low, high = self._absent_ms
        return not low <= self._ms(now) < high and now >= self._ready_at

    def holds_data(self, now: int) -> bool:
        return self._held_for_ever or (self._ms(now) >= self._held_at_ms and self._clocks < CLOCKS_TO_LET_GO)

    def clock(self) -> None:
        self._clocks += 1

    def write(self, data: bytes, now: int) -> None:
        self._sample(now)
        self._pointer = data[0] & 0x7F
        for value in data[1:]:
            self._set(self._pointer, value, now)
            self._pointer = self._pointer + 1 & 0x7F

    def _set(self, register: int, value: int, now: int) -> None:
        if register == CMD:
            if value == SOFT_RESET:
                self._reset(now)
            elif value == FLUSH:
                self._flush()
            return
        if register <= FIFO_DATA:
            return  # read-only
        before = self._registers[register]
        self._registers[register] = value
        if register in (ACC_CONFIG0, ACC_CONFIG1, FIFO_CONFIG0) and value != before:
            if self._logging() and register != FIFO_CONFIG0:
                self._push(bytes([CONTROL, 2 if register == ACC_CONFIG0 else 4]))
            self._plan(now)

    def read(self, n: int, now: int) -> bytes:
        self._sample(now)
        if self._pointer == FIFO_DATA:
            return self._read_fifo(n)
        data = bytes(self._value(self._pointer + i & 0x7F, now) for i in range(n))
        self._pointer = self._pointer + n & 0x7F
        return data

    def _value(self, register: int, now: int) -> int:
        if FIFO_LENGTH0 <= register <= FIFO_LENGTH0 + 1:
            return (self._fifo_bytes >> 8 * (register - FIFO_LENGTH0)) & 0xFF
        if ACC_X_LSB <= register < ACC_X_LSB + 6:
            steps = self._now_measured()[(register - ACC_X_LSB) // 2] & 0xFFF
            return steps >> 8 if (register - ACC_X_LSB) % 2 else steps & 0xFF
        if register == INT_STAT0:
            return WATERMARK if self._over_watermark() else 0
        return self._registers[register]

    # --- sampling ---

    def _range_g(self) -> int:
        return 2 << (self._registers[ACC_CONFIG1] >> 6)

    def _steps(self, mg: np.ndarray) -> np.ndarray:
        """Twelve bits: 2048 steps for the range."""
        return np.clip(np.rint(mg * (2048 / self._range_g() / 1000)), -2048, 2047).astype(int)

    def _now_measured(self) -> list[int]:
        if self._registers[ACC_CONFIG0] & 3 != NORMAL:
            return [0, 0, 0]
        steps = self._steps(np.array([0, 0, 1000]))
        push = self._registers[SELF_TEST]
        if push & 7 and self._sound:
            way = -1 if push & 8 else 1
            steps = steps + np.array([way * s * 4 // self._range_g() for s in PUSH_STEPS])
        return [int(s) for s in steps]

    def _period(self) -> int:
        rate = max(5, min(11, self._registers[ACC_CONFIG1] & 15))  # 5.20: 12.5 Hz · 2^(code - 5)
        return self._hz * 2 // (25 << rate - 5)

    def _logging(self) -> bool:
        return self._registers[FIFO_CONFIG0] >> 5 == 7 and self._registers[ACC_CONFIG0] & 3 == NORMAL

    def _plan(self, now: int) -> None:
        self._next = now + self._hz * START_MS // 1000 + self._period() if self._logging() else None

    def _sample(self, now: int) -> None:
        """All samples that are due by now."""
        while self._next is not None and self._next <= now:
            if self._taken == len(self._frames):
                self._next = None
                return
            steps = self._steps(self._frames[self._taken]) & 0xFFF
            header = 0x5A if self._taken == self._garbled_at else XYZ_12_BIT
            self._push(bytes([header, *(b for s in steps for b in (int(s) & 15, int(s) >> 4))]))
            self._taken += 1
            self._next += self._period()

    def sampling(self, now: int) -> bool:
        self._sample(now)
        return self._next is not None

    # --- the FIFO (4.5) ---

    def _push(self, frame: bytes) -> None:
        self._fifo.append(frame)
        self._fifo_bytes += len(frame)
        while self._fifo_bytes > FIFO_BYTES:
            self._fifo_bytes -= len(self._fifo.popleft())

    def _flush(self) -> None:
        self._fifo.clear()
        self._fifo_bytes = 0

    def _read_fifo(self, n: int) -> bytes:
        """Whole frames; one that the burst ends within stays, and comes again."""
        data = bytearray()
        while self._fifo and len(data) < n:
            frame = self._fifo[0]
            data += frame[: n - len(data)]
            if len(data) < n or (len(data) and data[-len(frame) :] == frame):
                self._fifo.popleft()
                self._fifo_bytes -= len(frame)
        return bytes(data) + bytes([EMPTY, 0] * n)[: n - len(data)]

    # --- INT1 (4.6) ---

    def _watermark(self) -> int:
        return self._registers[FIFO_CONFIG1] | (self._registers[FIFO_CONFIG2] & 7) << 8

    def _over_watermark(self) -> bool:
        return bool(self._watermark()) and self._fifo_bytes >= self._watermark()

    def _wired(self) -> bool:
        on = self._registers[INT_CONFIG0] & self._registers[INT1_MAP] & WATERMARK
        return bool(on and self._registers[INT12_IO_CTRL] & 2)

    def interrupt(self, now: int) -> bool:
        self._sample(now)
        return self._wired() and self._over_watermark()

    def interrupt_at(self, now: int) -> int | None:
        self._sample(now)
        if self._next is None or not self._wired() or self._over_watermark():
            return None
        missing = -(-(self._watermark() - self._fifo_bytes) // 7)
        if missing > len(self._frames) - self._taken:
            return None
        return self._next + (missing - 1) * self._period()
