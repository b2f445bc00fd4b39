"""Statistics of blocks and of three axes: the device's bits.

Figures named `_q4` are in 16ths of the input's unit, `_q15` in 2^-15, `_q10` in 2^-10, as in the headers of lib/dsp.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from fieldmouse.dsp.library import ffi, integers, library, limits, pointer


def _new(kind: str) -> Any:
    library()  # which declares the types
    return ffi.new(kind)


def _block(x: ArrayLike) -> np.ndarray:
    block, most = integers(x, np.int16, "x"), limits()["DSP_SUMS_MAX"]
    if block.ndim != 1 or not 1 <= len(block) <= most:
        raise ValueError(f"x must have shape (n,) with n in 1 … {most}, not {block.shape}; split longer signals")
    return block


def _frames(x: ArrayLike) -> tuple[np.ndarray, Any]:
    block, most = integers(x, np.int16, "frames"), limits()["DSP_SUMS_MAX"]
    if block.ndim != 2 or block.shape[1] != 3 or not 1 <= len(block) <= most:
        raise ValueError(f"frames must have shape (n, 3) with n in 1 … {most}, not {block.shape}; split longer signals")
    return block, ffi.cast("int16_t (*)[3]", block.ctypes.data)


@dataclass(frozen=True)
class Stats:
    """What dsp_stats.h says of a block; mean, sd, rms and jerk in 16ths of the input's unit."""

    n: int
    mean_q4: int
    sd_q4: int
    rms_q4: int
    jerk_q4: int
    min: int
    max: int
    mean_crossings: int


def _told(out: Any) -> Stats:
    return Stats(**{name: int(getattr(out, name)) for name in Stats.__dataclass_fields__})


def stats(x: ArrayLike) -> Stats:
    """Mean, population sd, rms, jerk, min, max and mean crossings of int16 x of shape (n,)."""
    block, out = _block(x), _new("dsp_stats_t *")
    library().dsp_stats(pointer(block), len(block), 1, out)
    return _told(out)


@dataclass(frozen=True)
class Stats3:
    """What dsp_stats3.h says of frames: `percentile` has shape (3, 5), of 10, 25, 50, 75, 90; `covariance` is xy, xz, yz."""

    axis: tuple[Stats, Stats, Stats]
    percentile: np.ndarray
    covariance: np.ndarray
    sma_q4: int


def stats3(frames: ArrayLike) -> Stats3:
    """The statistics of int16 frames of shape (n, 3) in the fewest passes."""
    block, frame = _frames(frames)
    out = _new("dsp_stats3_t *")
    library().dsp_stats3(frame, len(block), _new("dsp_percentile_t *"), out)
    percentile = np.array([list(axis) for axis in out.percentile], dtype=np.int16)
    x, y, z = (_told(axis) for axis in out.axis)
    return Stats3((x, y, z), percentile, np.array(list(out.covariance), dtype=np.int32), int(out.sma_q4))


def energy(x: ArrayLike) -> tuple[int, int]:
    """The sum of squares of int16 x of shape (n,), and the sum of squares about its mean, rounded down."""
    block, sums = _block(x), _new("dsp_sums_t *")
    library().dsp_sums(pointer(block), len(block), 1, sums)
    return int(sums.energy), int(library().dsp_stats_ac_energy(sums))


def crossings(x: ArrayLike, level: int = 0, hysteresis: int = 0) -> int:
    """How often int16 x of shape (n,) crosses `level`, an int16; with hysteresis, 0 … 65535, as dsp_crossings.h says."""
    block, at = _block(x), integers(level, np.int16, "level")
    return int(
        library().dsp_crossings(pointer(block), len(block), 1, at, integers(hysteresis, np.uint16, "hysteresis"))
    )


def percentile(x: ArrayLike, percents: Sequence[int]) -> np.ndarray:
    """Exact percentiles of int16 x of shape (n,), by nearest rank, as int16 in the order of `percents`, integers 0 … 100."""
    block, wanted = _block(x), integers(percents, np.uint8, "percents")
    if wanted.ndim != 1 or wanted.size == 0 or wanted.max() > 100:
        raise ValueError(f"percents must be a list of integers in 0 … 100, not {percents}")
    work, order, most = _new("dsp_percentile_t *"), np.argsort(wanted), limits()["DSP_PERCENTILE_RANKS"]
    out, rising = np.empty(len(wanted), np.int16), np.ascontiguousarray(wanted[order])
    for i in range(0, len(wanted), most):
        part, said = rising[i : i + most], np.empty(most, np.int16)
        library().dsp_percentile(work, pointer(block), len(block), 1, pointer(part), len(part), pointer(said))
        out[order[i : i + most]] = said[: len(part)]
    return out


def moments(x: ArrayLike) -> tuple[int, int] | None:
    """Skewness and kurtosis (3 of a normal distribution) of int16 x of shape (n,), Q10; None where its sd is below 1 unit."""
    block, out = _block(x), _new("dsp_moments_t *")
    known = library().dsp_moments(pointer(block), len(block), 1, out)
    return (int(out.skewness_q10), int(out.kurtosis_q10)) if known else None


def sma_q4(frames: ArrayLike) -> int:
    """Signal magnitude area of int16 frames of shape (n, 3): mean |x| + |y| + |z|, in 16ths of their unit."""
    block, frame = _frames(frames)
    return int(library().dsp_sma_q4(frame, len(block)))


def vector_magnitude(frames: ArrayLike) -> np.ndarray:
    """The length of each int16 frame of shape (n, 3), rounded down: uint16 of shape (n,)."""
    block, frame = _frames(frames)
    out = np.empty(len(block), np.uint16)
    library().dsp_magnitude_block(frame, len(block), pointer(out))
    return out


def covariance(frames: ArrayLike) -> np.ndarray:
    """Population covariance matrix of int16 frames of shape (n, 3): int32 of shape (3, 3), unit squared."""
    block, frame = _frames(frames)
    out = np.empty(6, np.int32)
    library().dsp_covariance(frame, len(block), pointer(out))
    return out[[[0, 3, 4], [3, 1, 5], [4, 5, 2]]]


def correlation_q15(frames: ArrayLike) -> np.ndarray:
    """Correlation of the axes x and y, x and z, y and z of int16 frames of shape (n, 3): int16 of shape (3,), Q15."""
    m = covariance(frames)
    pairs = ((0, 1), (0, 2), (1, 2))
    said = [library().dsp_covariance_correlation_q15(int(m[a, b]), int(m[a, a]), int(m[b, b])) for a, b in pairs]
    return np.array(said, dtype=np.int16)


def planarity_q15(frames: ArrayLike) -> tuple[int, int]:
    """Planarity and rectilinearity (Jurkevics 1988) of int16 frames of shape (n, 3), Q15."""
    m, values = covariance(frames), np.empty(3, np.int32)
    packed = np.ascontiguousarray(m[[0, 1, 2, 0, 0, 1], [0, 1, 2, 1, 2, 2]])
    library().dsp_planarity_eigenvalues(pointer(packed), pointer(values))
    return library().dsp_planarity_q15(pointer(values)), library().dsp_planarity_line_q15(pointer(values))


def atan2_q15(y: ArrayLike, x: ArrayLike) -> np.ndarray:
    """The angle of (x, y), int32 arrays of one shape: int16, 32768 of which are 180 degrees."""
    up, across = integers(y, np.int32, "y"), integers(x, np.int32, "x")
    if up.shape != across.shape:
        raise ValueError(f"y and x must have one shape, not {up.shape} and {across.shape}")
    said = [library().dsp_atan2(b, a) for b, a in zip(up.ravel().tolist(), across.ravel().tolist(), strict=True)]
    return np.array(said, dtype=np.int16).reshape(up.shape)


def tilt_q15(frames: ArrayLike) -> np.ndarray:
    """Pitch, roll and inclination of each int16 frame of shape (n, 3): int16 of shape (n, 3), 32768 are 180 degrees."""
    block, _ = _frames(frames)
    out, said = np.empty((len(block), 3), np.int16), _new("dsp_tilt_t *")
    for i, frame in enumerate(block.tolist()):
        library().dsp_tilt(*frame, said)
        out[i] = said.pitch, said.roll, said.inclination
    return out


def isqrt(values: ArrayLike) -> np.ndarray:
    """The integer square root of each of `values`, uint64, rounded down: uint32 of the same shape."""
    array = integers(values, np.uint64)
    said = [library().dsp_isqrt64(value) for value in array.ravel().tolist()]
    return np.array(said, dtype=np.uint32).reshape(array.shape)
