"""A pyOCD flash region without code in the target's RAM: a chip's flash controller driven over SWD, register by register.

Slower than a flash algorithm that runs on the chip (a round trip of the probe for each wait), and readable: each step is one
of the reference manual's. What is common to chips is here; a chip is a subclass of Controller and a memory map.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any, ClassVar

from pyocd.core import exceptions
from pyocd.core.memory_map import FlashRegion, MemoryMap, RamRegion
from pyocd.coresight.coresight_target import CoreSightTarget
from pyocd.flash.flash import Flash
from pyocd.target import TARGET

TIMEOUT_S = 2.0  # more than any erase of these chips takes
KEY1, KEY2 = 0x45670123, 0xCDEF89AB  # both families unlock FLASH_CR with these


class Controller(Flash):
    """A flash controller: subclasses say how to check the chip, unlock, erase a sector, program a page and lock."""

    SR: ClassVar[int]  # address of the status register,
    BUSY: ClassVar[int]  # its bit while an operation is under way,
    ERRORS: ClassVar[int]  # and those that tell a failed one
    min_program_length = 0

    def __init__(self, target: Any) -> None:
        super().__init__(target, None)
        self.is_valid = True

    @property
    def is_erase_all_supported(self) -> bool:
        """No: what is not the image's stays."""
        return False

    def init(self, operation: Any, address: int | None = None, clock: int = 0, reset: bool = False) -> None:
        """Stop the chip just after a reset, so that no watchdog of its firmware runs, and unlock."""
        if self._active_operation is None:
            self.target.reset_and_halt()
            self.check_chip()
            self.unlock()
        self._active_operation = operation

    def uninit(self) -> None:
        """Lock again."""
        if self._active_operation is not None:
            self.lock()
        self._active_operation = None

    def cleanup(self) -> None:
        """Nothing of ours stays in the chip."""
        self.uninit()

    def wait(self, what: str, address: int) -> None:
        """Until the operation has ended; FlashFailure when it failed or never ends."""
        deadline = time.monotonic() + TIMEOUT_S
        while (status := self.target.read32(self.SR)) & self.BUSY:
            if time.monotonic() > deadline:
                raise exceptions.FlashFailure(f"{what} did not end in {TIMEOUT_S} s", address=address)
        if status & self.ERRORS:
            self.target.write32(self.SR, status & self.ERRORS)
            raise exceptions.FlashFailure(f"{what} failed, status {status:#x}", address=address)

    def check_written(self, address: int, words: Sequence[int]) -> None:
        """Read a page back: not every controller tells that a word did not hold."""
        found = self.target.read_memory_block32(address, len(words))
        if list(found) != list(words):
            at = next(n for n, pair in enumerate(zip(found, words, strict=True)) if pair[0] != pair[1])
            raise exceptions.FlashFailure("what was written reads back otherwise", address=address + 4 * at)

    def check_chip(self) -> None:
        """Raise wrong_chip() unless the chip is the one that this is written for."""
        raise NotImplementedError

    def unlock(self) -> None:
        """Allow erasing and programming."""
        raise NotImplementedError

    def lock(self) -> None:
        """Refuse both again."""
        raise NotImplementedError


def wrong_chip(name: str, said: int) -> exceptions.TargetSupportError:
    """The error for another chip; run.py's table of faults knows its words."""
    return exceptions.TargetSupportError(f"this is not the chip {name}: it says {said:#x}")


def register(
    name: str, vendor: str, controller: type[Controller], flash: dict[str, int], rams: list[tuple[int, int]]
) -> None:
    """Teach this run of pyOCD the target `name`."""

    class Chip(CoreSightTarget):
        VENDOR = vendor

        def __init__(self, session: Any) -> None:
            regions = [FlashRegion(name="flash", is_boot_memory=True, flash_class=controller, **flash)]
            regions += [RamRegion(start=start, length=length) for start, length in rams]
            super().__init__(session, MemoryMap(*regions))

    TARGET[name] = Chip
