"""The chip's memories, where Unicorn, the counter and this Python all see the same bytes."""

from __future__ import annotations

import ctypes
from dataclasses import dataclass
from typing import Any

import unicorn

from .counter import Counter

PAGE = 4096
PAINT, ERASED = 0xA5, 0xFF  # RAM that was never written is not 0 on hardware either


@dataclass(frozen=True)
class _Region:
    base: int
    size: int
    view: memoryview
    backing: object


class Memory:
    """Reads and writes of what the CPU could reach as memory; devices are not here."""

    def __init__(self, uc: Any, counter: Counter) -> None:
        self._uc = uc
        self._counter = counter
        self._regions: list[_Region] = []

    def add(self, base: int, size: int, writable: bool) -> None:
        """Maps RAM, or flash that firmware cannot write."""
        backing = ctypes.create_string_buffer(size + PAGE)
        start = -ctypes.addressof(backing) % PAGE
        pointer = ctypes.addressof(backing) + start
        ctypes.memset(pointer, PAINT if writable else ERASED, size)
        access = unicorn.UC_PROT_READ | unicorn.UC_PROT_EXEC | (unicorn.UC_PROT_WRITE if writable else 0)
        self._uc.mem_map_ptr(base, size, access, pointer)
        self._counter.add_region(base, size, pointer, writable)
        view = memoryview(backing).cast("B")[start : start + size]
        self._regions.append(_Region(base, size, view, backing))

    def alias(self, base: int, region: int) -> None:
        """Lets the CPU see the memory that starts at `region` at another address too."""
        found = next(r for r in self._regions if r.base == region)
        pointer = ctypes.addressof(ctypes.c_char.from_buffer(found.view))
        self._uc.mem_map_ptr(base, found.size, unicorn.UC_PROT_READ | unicorn.UC_PROT_EXEC, pointer)
        self._counter.add_region(base, found.size, pointer, False)
        self._regions.append(_Region(base, found.size, found.view, found.backing))

    def at(self, address: int, size: int) -> memoryview | None:
        """These bytes themselves; None when no memory holds them all."""
        for region in self._regions:
            offset = address - region.base
            if 0 <= offset <= region.size - size:
                return region.view[offset : offset + size]
        return None
