"""What the command line of more than one emulator takes: faults to inject, and where to write figures of the run."""

from __future__ import annotations

import argparse
from dataclasses import dataclass, field
from pathlib import Path


def counts_file(text: str) -> Path:
    """The file of `--counts`, refused before the run when it cannot be written there."""
    path = Path(text)
    if not path.absolute().parent.is_dir():
        raise argparse.ArgumentTypeError(f"there is no folder {path.parent}")
    return path


def _whole(text: str, least: int, most: int | None) -> int:
    value = int(text)
    if value < least or (most is not None and value > most):
        raise ValueError
    return value


class InjectionError(Exception):
    """The fault asked for is none that can be injected."""


@dataclass
class Injections:
    """Faults by the number of the received byte (the first is 1), and the time when the main loop hangs."""

    drop: set[int] = field(default_factory=set)
    flip: dict[int, int] = field(default_factory=dict)
    line_break: set[int] = field(default_factory=set)
    overrun: set[int] = field(default_factory=set)
    hang_at_ms: float | None = None

    def add(self, spec: str) -> None:
        """`drop-rx=N`, `flip-rx=N:BIT`, `break-rx=N`, `overrun=N` or `hang-at=MS`; several with commas."""
        for one in spec.split(","):
            kind, _, value = one.partition("=")
            try:
                if kind == "flip-rx":
                    at, _, bit = value.partition(":")
                    self.flip[_whole(at, 1, None)] = _whole(bit, 0, 7)
                elif kind == "hang-at":
                    self.hang_at_ms = float(value)
                    if not 0 <= self.hang_at_ms < float("inf"):
                        raise ValueError
                else:
                    numbers = {"drop-rx": self.drop, "break-rx": self.line_break, "overrun": self.overrun}[kind]
                    numbers.add(_whole(value, 1, None))
            except (KeyError, ValueError):
                raise InjectionError(
                    f"cannot inject {one!r}: it is drop-rx=N, flip-rx=N:BIT (0 to 7), break-rx=N, overrun=N or hang-at=MS"
                ) from None

    def any_bytes(self) -> bool:
        """Whether bytes on the line are to be touched at all."""
        return bool(self.drop or self.flip or self.line_break or self.overrun)
