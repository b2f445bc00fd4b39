"""Parts on an emulated board's bus, as their data sheets describe them: `bma400:FILE[,FAULT…]`.

A part knows nothing of the chip or the engine: time is in cycles of a clock whose rate it is told.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Protocol

import numpy as np

from .bma400 import Bma400
from .lis2dh12 import Lis2dh12

KINDS: dict[str, Callable[..., I2cPart]] = {"bma400": Bma400, "lis2dh12": Lis2dh12}


class PartError(Exception):
    """What was asked for is no part that can be attached; the message says what is."""


class I2cPart(Protocol):
    """A target on an I²C bus, with one interrupt pin."""

    address: int

    def start(self, hz: int) -> None:
        """Power comes on; `hz` is the rate of the clock."""

    def present(self, now: int) -> bool:
        """Whether it acknowledges its address."""

    def write(self, data: bytes, now: int) -> None:
        """What it is sent after its address."""

    def read(self, n: int, now: int) -> bytes:
        """What it sends."""

    def holds_data(self, now: int) -> bool:
        """Whether it holds the data line low."""

    def clock(self) -> None:
        """A clock pulse that belongs to no transfer."""

    def interrupt(self, now: int) -> bool:
        """The level of its interrupt pin."""

    def interrupt_at(self, now: int) -> int | None:
        """When the pin will rise, if nobody does anything; None when it is high, or never."""

    def sampling(self, now: int) -> bool:
        """Whether it still has something to sample."""


def part(spec: str) -> I2cPart:
    """`KIND:FILE[,FAULT[=VALUE]…]`; FILE is a .npy file of int16 frames [n, channels], in the unit of the part's driver."""
    head, *faults = spec.split(",")
    kind, found, name = head.partition(":")
    if kind not in KINDS or not found:
        raise PartError(f"{spec!r} is no part: it is KIND:FILE.npy[,FAULT…], and the kinds are {', '.join(KINDS)}")
    path = Path(name)
    if not path.is_file():
        raise PartError(f"there is no file {name} for the part {kind}")
    try:
        frames = np.load(path)
        return KINDS[kind](
            frames, **{key.replace("-", "_"): value for key, _, value in (f.partition("=") for f in faults)}
        )
    except (TypeError, ValueError) as error:
        raise PartError(f"the part {spec!r} cannot be had: {error}") from None
