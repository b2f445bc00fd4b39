"""Cosine tables for dsp_dct."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.fft import dct as scipy_dct

from fieldmouse.design.emit import table

LONGEST = 256


@dataclass(frozen=True)
class Dct:
    """The first `coefficients` of a DCT-II over `length` values, orthonormal times 2^-shift; `cosines_q15` int16: for each
    coefficient the first length - length // 2 columns where it is even, the last length // 2 where it is odd."""

    length: int
    coefficients: int
    shift: int
    cosines_q15: np.ndarray

    def c(self, name: str) -> str:
        """C: `static const ROM dsp_dct_t name` and its table."""
        cosines = f"{name}_cosines_q15"
        why = f"DCT-II of {self.length} values, {self.coefficients} coefficients, orthonormal / {2**self.shift}."
        return (
            table(cosines, self.cosines_q15, why)
            + f"static const ROM dsp_dct_t {name} = {{{self.length}, {self.coefficients}, {cosines}}};\n"
        )


def dct(length: int, coefficients: int) -> Dct:
    """The table for `length` values (2 … 256) and the first `coefficients`. The shift is the least with which values up
    to 8191 fit int16: 0 up to 16 values, 1 up to 64, 2 beyond. Raises ValueError."""
    if not 2 <= length <= LONGEST:
        raise ValueError(f"length = {length}: use 2 … {LONGEST}")
    if not 1 <= coefficients <= length:
        raise ValueError(f"coefficients = {coefficients}: use 1 … {length}, as many as there are values")
    shift = 0 if length <= 16 else 1 if length <= 64 else 2
    basis = scipy_dct(np.eye(length), type=2, norm="ortho", axis=0)[:coefficients] / 2**shift
    half = length // 2
    rows = [row[length - half :] if k % 2 else row[: length - half] for k, row in enumerate(basis)]
    return Dct(length, coefficients, shift, np.round(np.concatenate(rows) * 2**15).astype(np.int16))
