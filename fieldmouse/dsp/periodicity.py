"""Autocorrelation and period of lib/dsp on NumPy arrays."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from fieldmouse.dsp.library import ffi, integers, library, pointer

LONGEST = 65535


def _block(x: ArrayLike) -> np.ndarray:
    array = integers(x, np.int16, "x")
    if array.ndim != 1 or not 1 <= array.size <= LONGEST:
        raise ValueError(f"x must be a row of 1 … {LONGEST} samples, not of shape {array.shape}")
    return array


def autocorrelation(x: ArrayLike, lags: int) -> tuple[np.ndarray, int]:
    """Sums of x[i] * x[i + lag] for lag = 0 … lags - 1 as int32, and their shift: a sum is the number times 2 ** shift.

    x is int16 in any unit. Raises ValueError for no samples and for lags outside 1 … 65535; sums beyond x's end are 0.
    """
    block = _block(x)
    if not 1 <= lags <= LONGEST:
        raise ValueError(f"1 … {LONGEST} lags, not {lags}")
    out = np.empty(lags, np.int32)
    shift = library().dsp_autocorr(pointer(block), block.size, lags, pointer(out))
    return out, shift


def autocorrelation_q15(x: ArrayLike, first: int, count: int) -> np.ndarray:
    """The same for lag = first … first + count - 1, divided by the root of the energies of the two segments: Q15, int16.

    x is int16 in any unit; take its mean away before. 32767 is 1. Raises ValueError for no samples or lags above 65535.
    """
    block = _block(x)
    if first < 0 or count < 1 or first + count - 1 > LONGEST:
        raise ValueError(f"lags are 0 … {LONGEST}, not {first} … {first + count - 1}")
    out = np.empty(count, np.int16)
    library().dsp_autocorr_q15(pointer(block), block.size, first, count, pointer(out))
    return out


@dataclass(frozen=True)
class Period:
    """What repeats after how many samples, and how well; both 0 where nothing does."""

    lag_q8: int
    strength_q15: int

    @property
    def lag(self) -> float:
        """Samples."""
        return self.lag_q8 / 2**8

    @property
    def strength(self) -> float:
        """0 … 1; 1 repeats exactly."""
        return self.strength_q15 / 2**15


def period_of(rho_q15: ArrayLike, first: int) -> Period:
    """The first high peak of a normalised autocorrelation in Q15, rho_q15[i] being that of lag first + i."""
    rho = integers(rho_q15, np.int16, "rho_q15")
    if rho.ndim != 1 or not 0 <= first <= LONGEST or rho.size > LONGEST:
        raise ValueError(f"rho_q15 must be a row of at most {LONGEST} lags from 0 … {LONGEST} on")
    c = library()
    out = ffi.new("dsp_period_t *")
    c.dsp_period(pointer(rho), first, rho.size, out)
    return Period(out.lag_q8, out.strength_q15)


def period(x: ArrayLike, shortest: int, longest: int) -> Period:
    """The period of int16 samples between `shortest` and `longest` samples, as the firmware finds it with one lag more at
    each end. Take the mean away before. Raises ValueError unless 1 <= shortest <= longest < len(x)."""
    block = _block(x)
    if not 1 <= shortest <= longest < block.size:
        raise ValueError(f"a period of {block.size} samples lies in 1 … {block.size - 1}, not {shortest} … {longest}")
    return period_of(autocorrelation_q15(block, shortest - 1, longest - shortest + 3), shortest - 1)
