"""The signals on which lib/dsp is compared with float64, and the measure: sweeps, noise, impulses, square waves, silence."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import scipy.signal
from numpy.typing import ArrayLike

_N = 1024
_RANDOM = np.random.default_rng(2024)


def _q15(wave: np.ndarray) -> np.ndarray:
    return np.clip(np.round(wave * 32768), -32768, 32767).astype(np.int16)


_SWEEP = scipy.signal.chirp(np.arange(_N), 0.001, _N, 0.45)
SIGNALS: dict[str, np.ndarray] = {
    "sweep": _q15(_SWEEP),
    "sweep at -40 dB": _q15(_SWEEP / 100),
    "noise": _RANDOM.integers(-32768, 32768, _N).astype(np.int16),
    "gauss": _q15(_RANDOM.normal(0.1, 0.2, _N)),
    "impulse": _q15(np.eye(1, _N, 341)[0]),
    "square": _q15(np.where(np.arange(_N) // 5 % 2 == 0, 1, -1)),
    "highest": np.full(_N, 32767, np.int16),
    "lowest": np.full(_N, -32768, np.int16),
    "silence": np.zeros(_N, np.int16),
}


def snr_db(exact: ArrayLike, said: ArrayLike) -> float:
    """The power of what is exact over the power of the error, in dB; infinite without error."""
    exact, said = np.asarray(exact, np.float64), np.asarray(said, np.float64)
    error = float(np.sum((said - exact) ** 2))
    return 10 * float(np.log10(np.sum(exact**2) / error)) if error else float("inf")


def held(exact: np.ndarray) -> np.ndarray:
    """What does not fit int16, at its end of it."""
    return np.clip(exact, -32768, 32767)


def blocks(x: np.ndarray, lengths: list[int]) -> list[np.ndarray]:
    """x in parts of these lengths, and what is left of it."""
    edges = [0, *np.minimum(np.cumsum(lengths, dtype=int), len(x)).tolist(), len(x)]
    return [x[a:b] for a, b in pairwise(edges)]
