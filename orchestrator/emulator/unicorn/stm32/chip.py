"""What a chip of the family tells of itself: one `Chip`, from which `soc.Stm32` is made."""

from __future__ import annotations

import struct
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ..memory import Memory

if TYPE_CHECKING:
    from .rcc import Rcc

Gate = tuple[int, int]  # offset of a register of RCC, and the bit in it that lets a peripheral's clock run


@dataclass(frozen=True)
class Place:
    """A peripheral: its class, where it is, and what that class has to be told."""

    kind: type
    base: int
    gate: Gate | None = None
    irq: int | None = None
    facts: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Clocks:
    """The registers of RCC, by offset, and what they do."""

    reset: dict[int, int]  # every register that is here: its value after a reset
    ready: dict[
        tuple[int, int], tuple[int, int]
    ]  # (register, bit) that switches on: (register, bit) that tells "ready"
    switch: tuple[int, int, int]  # register, mask of SW (from bit 0), and by how much SWS is further left
    sources: dict[int, tuple[int, int] | None]  # SW: the ready bit that it needs
    flags: tuple[int, int]  # the register of the reset flags, and its bit RMVF
    causes: dict[str, int]  # what each kind of reset leaves in it
    sysclk: Callable[[Rcc], int]  # Hz, as the registers say now
    kernel: Callable[[Rcc, str], int]  # Hz that a peripheral counts
    wait_states: Callable[[Rcc], int]  # that the flash needs now
    lsi: Callable[[Rcc], int] | None = None  # Hz, where that follows from registers; else `Chip.lsi_hz`


@dataclass(frozen=True)
class Chip:
    """One chip of the family."""

    name: str
    clocks: Clocks
    places: dict[str, Place]
    memory_of_dma: list[tuple[int, int, Gate | None]]  # base, size, and the clock that it needs
    requests: dict[tuple[int | None, int], str]  # (channel or any, selection): who asks
    pins: dict[str, dict[int, int]]  # "USART2_TX": {pin: alternate function}, pin = 16 · port + pin
    lsi_hz: int = 32_000
    cacheable: bool = False  # a data cache stands between the CPU and the memory that DMA writes


def fill_words(memory: Memory, words: dict[int, int]) -> None:
    """Writes what a chip knows of itself when it leaves the factory."""
    for address, value in words.items():
        word = memory.at(address, 4)
        assert word is not None
        word[:] = struct.pack("<I", value)
