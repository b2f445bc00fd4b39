"""Puts a device's registers into the address space."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from unicorn.unicorn_py3.unicorn import MMIO_READ_CFUNC, MMIO_WRITE_CFUNC, uclib

PAGE = 0x1000

Read = Callable[[int, int], int]
Write = Callable[[int, int, int], None]


class Bus:
    """Maps devices page by page. An exception in one stops the CPU and is kept for the run loop to raise."""

    def __init__(self, uc: Any) -> None:
        self._uc = uc
        self._kept: list[object] = []
        self.failure: BaseException | None = None

    def map(self, base: int, read: Read, write: Write) -> None:
        """One page: `read(offset, size)` and `write(offset, size, value)`."""

        def on_read(_uc: int, offset: int, size: int, _user: int) -> int:
            try:
                return read(offset, size)
            except BaseException as error:
                self._fail(error)
                return 0

        def on_write(_uc: int, offset: int, size: int, value: int, _user: int) -> None:
            try:
                write(offset, size, value)
            except BaseException as error:
                self._fail(error)

        callbacks = MMIO_READ_CFUNC(on_read), MMIO_WRITE_CFUNC(on_write)
        self._kept.append(callbacks)
        error = uclib.uc_mmio_map(self._uc._uch, base, PAGE, callbacks[0], None, callbacks[1], None)
        if error:
            raise RuntimeError(f"Unicorn refused the device at 0x{base:08X} (error {error})")

    def _fail(self, error: BaseException) -> None:
        self.failure = self.failure or error
        self._uc.emu_stop()
