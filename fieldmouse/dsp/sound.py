"""Features of sound: logarithms, filter banks, the cosine transform, log-mel frames, MFCC and spectrograms."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from fieldmouse.design.bands import Bands
from fieldmouse.design.dct import Dct
from fieldmouse.dsp.library import ffi, integers, library, pointer


def log2_q8(values: ArrayLike) -> np.ndarray:
    """dsp_log2_q8 of each value: uint32 of any shape in, int16 Q8 of that shape out. Raises ValueError for other integers."""
    return _each(library().dsp_log2_q8, integers(values, np.uint32), np.int16)


def log2_q10(values: ArrayLike) -> np.ndarray:
    """dsp_log2_q10 of each value: uint32 of any shape in, int16 Q10 of that shape out. Raises ValueError for other integers."""
    return _each(library().dsp_log2_q10, integers(values, np.uint32), np.int16)


def exp2_q10(logs: ArrayLike) -> np.ndarray:
    """dsp_exp2_q10 of each logarithm: int16 Q10 of any shape in, uint32 of that shape out. Raises ValueError for other integers."""
    return _each(library().dsp_exp2_q10, integers(logs, np.int16), np.uint32)


def band_energy(spectrum: ArrayLike, bands: Bands) -> np.ndarray:
    """dsp_bands_energy: int16 [bands.length] as rfft_q15 leaves it in, uint32 [bands.n] out. Raises ValueError."""
    x, energy = _frame(spectrum, bands.length, "spectrum"), np.zeros(bands.n, np.uint32)
    library().dsp_bands_energy(c_bands(bands)[0], pointer(x), pointer(energy))
    return energy


def band_log2(spectrum: ArrayLike, bands: Bands, shift: int = 0) -> np.ndarray:
    """dsp_bands_log2: int16 [bands.length] at 2^shift times its value in, int16 Q8 [bands.n] out. Raises ValueError."""
    if not -15 <= shift <= 30:
        raise ValueError(f"shift = {shift}: use -15 … 30")
    x, logs = _frame(spectrum, bands.length, "spectrum"), np.zeros(bands.n, np.int16)
    library().dsp_bands_log2(c_bands(bands)[0], pointer(x), shift, pointer(logs))
    return logs


def dct(values: ArrayLike, table: Dct) -> np.ndarray:
    """dsp_dct: int16 [table.length] in, int16 [table.coefficients] out, 2^-table.shift of the orthonormal ones. Raises ValueError."""
    x, out = _frame(values, table.length, "values"), np.zeros(table.coefficients, np.int16)
    library().dsp_dct(c_dct(table)[0], pointer(x), pointer(out))
    return out


def c_bands(bands: Bands) -> tuple[Any, Any]:
    """`bands` as C has it, and what must live as long."""
    counts, rising = np.ascontiguousarray(bands.counts), np.ascontiguousarray(bands.rising_q16)
    facts = [bands.length, bands.first, bands.n, pointer(counts), pointer(rising)]
    return ffi.new("dsp_bands_t *", facts), (counts, rising)


def c_dct(table: Dct) -> tuple[Any, Any]:
    """`table` as C has it, and what must live as long."""
    cosines = np.ascontiguousarray(table.cosines_q15)
    return ffi.new("dsp_dct_t *", [table.length, table.coefficients, pointer(cosines)]), cosines


def _each(function: Any, values: np.ndarray, dtype: type) -> np.ndarray:
    return np.array([function(value) for value in values.ravel().tolist()], dtype).reshape(values.shape)


def _frame(values: ArrayLike, length: int, name: str) -> np.ndarray:
    x = integers(values, np.int16, name)
    if x.shape != (length,):
        raise ValueError(f"{name} must have {length} samples, not the shape {x.shape}")
    return x
