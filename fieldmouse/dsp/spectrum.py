"""Windows, real FFT, power and magnitude of lib/dsp on NumPy arrays."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from fieldmouse.design.twiddles import LENGTHS
from fieldmouse.dsp.library import ffi, integers, library, pointer


def plan(n: int) -> Any:
    """The constant plan of length n as the functions of lib/dsp take it. Raises ValueError for a length that has none."""
    if n not in LENGTHS:
        raise ValueError(
            f"the device has a real FFT of {', '.join(map(str, LENGTHS))} samples, not {n}: cut or pad with 0"
        )
    return ffi.addressof(library(), f"dsp_rfft_{n}")


def _frames(x: ArrayLike) -> np.ndarray:
    frames = integers(x, np.int16, "x")
    if frames.ndim == 0:
        raise ValueError("x must be int16 of shape (…, n), not a single number")
    plan(frames.shape[-1])
    return frames


def _unpacked(packed: np.ndarray) -> np.ndarray:
    """(…, n) as the device leaves it, to (…, n / 2 + 1, 2)."""
    pairs = packed.reshape(*packed.shape[:-1], packed.shape[-1] // 2, 2)
    bins = np.concatenate([pairs, np.zeros_like(pairs[..., :1, :])], axis=-2)
    bins[..., -1, 0], bins[..., 0, 1] = bins[..., 0, 1], 0
    return bins


def packed(bins: ArrayLike) -> tuple[np.ndarray, tuple[int, ...]]:
    """(…, n / 2 + 1, 2) as rows of n, as the device leaves it; and the shape in front of the bins."""
    pairs = integers(bins, np.int16, "bins")
    if pairs.ndim < 2 or pairs.shape[-1] != 2 or pairs.shape[-2] < 2:
        raise ValueError(f"bins must be int16 of shape (…, n / 2 + 1, 2), as rfft_q15 returns them, not {pairs.shape}")
    if pairs[..., 0, 1].any() or pairs[..., -1, 1].any():
        raise ValueError("the first and the last bin of a real signal are real: imaginary parts of 0 are needed there")
    pairs[..., 0, 1] = pairs[..., -1, 0]
    rows = np.ascontiguousarray(pairs[..., :-1, :]).reshape(-1, 2 * (pairs.shape[-2] - 1))
    return rows, pairs.shape[:-2]


def power(bins: ArrayLike) -> np.ndarray:
    """re² + im² of bins, int16 of shape (…, n / 2 + 1, 2) as `rfft_q15` returns: uint32 of shape (…, n / 2 + 1), exact."""
    rows, shape = packed(bins)
    said = np.empty((len(rows), rows.shape[1] // 2 + 1), np.uint32)
    for row, out in zip(rows, said, strict=True):
        library().dsp_power(pointer(row), row.size, pointer(out))
    return said.reshape(*shape, said.shape[1])


def magnitude(bins: ArrayLike) -> np.ndarray:
    """√(re² + im²) of bins as `power` takes them: uint16 of shape (…, n / 2 + 1), rounded down."""
    rows, shape = packed(bins)
    said = np.empty((len(rows), rows.shape[1] // 2 + 1), np.uint16)
    for row, out in zip(rows, said, strict=True):
        library().dsp_power_magnitude(pointer(row), row.size, pointer(out))
    return said.reshape(*shape, said.shape[1])


def hann_q15(x: ArrayLike) -> np.ndarray:
    """x, int16 of shape (…, n) with an n that has a real FFT, times the periodic Hann window: int16, rounded."""
    frames = _frames(x)
    for frame in frames.reshape(-1, frames.shape[-1]):
        library().dsp_window_hann(plan(frame.size), pointer(frame))
    return frames


def hamming_q15(x: ArrayLike) -> np.ndarray:
    """x, int16 of shape (…, n) with an n that has a real FFT, times the periodic Hamming window: int16, rounded."""
    frames = _frames(x)
    for frame in frames.reshape(-1, frames.shape[-1]):
        library().dsp_window_hamming(plan(frame.size), pointer(frame))
    return frames


def rfft_q15(x: ArrayLike) -> np.ndarray:
    """X[k] / n of real samples x, int16 of shape (…, n), as int16 of shape (…, n / 2 + 1, 2): real and imaginary parts.

    The unit is that of x. Raises ValueError for what is not int16 and for an n that the device does not have.
    """
    frames = _frames(x)
    for frame in frames.reshape(-1, frames.shape[-1]):
        library().dsp_rfft_q15(plan(frame.size), pointer(frame))
    return _unpacked(frames)


def rfft_block_q15(x: ArrayLike) -> tuple[np.ndarray, np.ndarray]:
    """As `rfft_q15`, each frame shifted to full scale first: (bins, shift), X[k] / n = bins * 2^-shift.

    shift is int8 of shape (…), -1 … 15.
    """
    frames = _frames(x)
    rows = frames.reshape(-1, frames.shape[-1])
    shifts = [library().dsp_rfft_block_q15(plan(frame.size), pointer(frame)) for frame in rows]
    return _unpacked(frames), np.array(shifts, dtype=np.int8).reshape(frames.shape[:-1])
