"""Tables of integers as C."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

TYPES = {"uint8_t": (0, 255, 1), "int8_t": (-128, 127, 1), "uint16_t": (0, 65535, 2), "int16_t": (-32768, 32767, 2),
         "uint32_t": (0, 2**32 - 1, 4), "int32_t": (-(2**31), 2**31 - 1, 4)}  # fmt: skip
WIDTH = 110


def rows(words: Sequence[str]) -> str:
    """Words with commas, in lines of at most WIDTH."""
    lines, line = [], ""
    for word in words:
        if line and len(line) + len(word) + 2 > WIDTH:
            lines.append(line)
            line = ""
        line += f" {word}," if line else f"    {word},"
    return "\n".join([*lines, line]) + "\n"


def literal(value: int, kind: str) -> str:
    """An integer constant of C99 of that type; INT32_MIN has no literal of its own."""
    if kind == "int32_t":
        return f"({value + 1}L - 1)" if value == -(2**31) else f"{value}L"
    if kind == "uint32_t":
        return f"{value}UL"
    if kind == "int16_t" and value == -32768:  # on AVR int is 16 bits, and 32768 is a long
        return "(-32767 - 1)"
    return f"{value}U" if kind == "uint16_t" else str(value)


def array(name: str, kind: str, values: Iterable[Any]) -> str:
    """`static const ROM kind name[] = {…};`; raises OverflowError for a value that does not fit. Empty tables get one zero."""
    low, high, _ = TYPES[kind]
    numbers = [int(v) for v in values] or [0]
    if min(numbers) < low or max(numbers) > high:
        raise OverflowError(f"{name}: {min(numbers)} … {max(numbers)} does not fit {kind}")
    return f"static const ROM {kind} {name}[] = {{\n{rows([literal(v, kind) for v in numbers])}}};\n"


def smallest(values: np.ndarray | Sequence[int]) -> str:
    """The smallest type that holds the values."""
    low, high = (int(min(values)), int(max(values))) if len(values) else (0, 0)
    return next(kind for kind, (least, most, _) in TYPES.items() if least <= low and high <= most)
