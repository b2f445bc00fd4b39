"""The discrete wavelet transform of lib/dsp on NumPy arrays: Haar and D4, which PyWavelets calls db2."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from fieldmouse.dsp.library import integers, library, pointer

WAVELETS = ("haar", "d4")
LONGEST = 32768


def _checked(values: ArrayLike, wavelet: str, levels: int, name: str) -> np.ndarray:
    """A copy of `values` that the C takes. Raises ValueError for what it would refuse."""
    array = integers(values, np.int16, name)
    n = array.size
    if wavelet not in WAVELETS:
        raise ValueError(f"the wavelets are {' and '.join(WAVELETS)}, not {wavelet!r}")
    if array.ndim != 1 or n < 2 or n > LONGEST or n & (n - 1):
        raise ValueError(f"{name} must be a row of 2 … {LONGEST} values, a power of two, not of shape {array.shape}")
    if not 1 <= levels <= n.bit_length() - 1:
        raise ValueError(f"{n} samples have 1 … {n.bit_length() - 1} levels, not {levels}")
    return array


def dwt(x: ArrayLike, wavelet: str, levels: int) -> np.ndarray:
    """Coefficients of a block of int16, n of them for n samples: approximations, then details from coarse to fine.

    As `numpy.concatenate(pywt.wavedec(x, "haar" or "db2", "periodization", levels))`, times 2 ** (-l / 2) at level l and,
    for "d4", halved; `dwt_orthonormal` takes that back. n is a power of two, 2 … 32768, and 2 ** levels at most n.
    Raises ValueError for others.
    """
    work = _checked(x, wavelet, levels, "x")
    out = np.empty_like(work)
    getattr(library(), f"dsp_dwt_{wavelet}")(pointer(work), work.size, levels, pointer(out))
    return out


def idwt(coefficients: ArrayLike, wavelet: str, levels: int) -> np.ndarray:
    """The int16 samples of `dwt`'s coefficients, saturated where the coefficients were changed beyond what samples have."""
    array = _checked(coefficients, wavelet, levels, "coefficients")
    out = np.empty_like(array)
    getattr(library(), f"dsp_dwt_{wavelet}_inverse")(pointer(array), array.size, levels, pointer(out))
    return out


def dwt_energy(coefficients: ArrayLike, wavelet: str, levels: int) -> np.ndarray:
    """Each band's share of the samples' mean square, uint32, levels + 1 of them: approximations, then details from coarse
    to fine. They add up to mean(x ** 2) up to rounding."""
    array = _checked(coefficients, wavelet, levels, "coefficients")
    energy = np.empty(levels + 1, np.uint32)
    getattr(library(), f"dsp_dwt_{wavelet}_energy")(pointer(array), array.size, levels, pointer(energy))
    return energy


def dwt_bands(coefficients: np.ndarray, levels: int) -> list[np.ndarray]:
    """The parts of `dwt`'s result: approximations, then details from coarse to fine; views, not copies."""
    n = len(coefficients)
    return np.split(coefficients, [n >> level for level in range(levels, 0, -1)])


def dwt_orthonormal(coefficients: ArrayLike, wavelet: str, levels: int) -> np.ndarray:
    """`dwt`'s coefficients as float64 in the scale of PyWavelets."""
    array = _checked(coefficients, wavelet, levels, "coefficients")
    halving = 2.0 if wavelet == "d4" else 1.0
    parts = dwt_bands(array.astype(np.float64), levels)
    level = [levels, *range(levels, 0, -1)]
    return np.concatenate([part * halving * 2 ** (step / 2) for part, step in zip(parts, level, strict=True)])
