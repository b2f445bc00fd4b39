"""The generated `case.h` that an adapter includes: sizes and coefficients as macros."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

Value = int | float | str | Iterable[Any]


def _text(value: Value) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, (bool, int, np.integer)):
        return str(int(value))
    if isinstance(value, (float, np.floating)):
        text = f"{float(np.float32(value)):.9g}"  # nine digits are every float exactly
        return f"{text}f" if any(mark in text for mark in ".en") else f"{text}.0f"
    return "{" + ", ".join(_text(item) for item in value) + "}"


def case_header(values: Mapping[str, Value]) -> dict[str, str]:
    """`case.h` with a macro for each value: an integer, a float, a list of either as an initialiser, or text as it is."""
    return {"case.h": "".join(f"#define {name} {_text(value)}\n" for name, value in values.items())}


def fixed(values: np.ndarray, bits: int, word: int = 16) -> np.ndarray:
    """Fractions as integers with so many bits behind the point, rounded and held to the word."""
    most = 2 ** (word - 1)
    return np.clip(np.round(np.asarray(values, dtype=np.float64) * 2.0**bits), -most, most - 1).astype(np.int64)
