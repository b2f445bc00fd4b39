"""Features of sound: logarithms, filter banks, the cosine transform, log-mel frames, MFCC and spectrograms."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from fieldmouse.design.bands import Bands
from fieldmouse.design.dct import Dct
from fieldmouse.dsp.library import ffi, integers, library, limits, pointer
from fieldmouse.dsp.spectrum import packed, plan

WINDOWS = ("hann", "hamming", "none")
LEVELS = ("plain", "mean", "peak")  # what a spectrogram takes off each frame: nothing, its mean, its largest


def log2_q8(values: ArrayLike) -> np.ndarray:
    """dsp_log2_q8 of each value: uint32 of any shape in, int16 Q8 of that shape out. Raises ValueError for other integers."""
    return _each(library().dsp_log2_q8, integers(values, np.uint32), np.int16)


def log2_q10(values: ArrayLike) -> np.ndarray:
    """dsp_log2_q10 of each value: uint32 of any shape in, int16 Q10 of that shape out. Raises ValueError for other integers."""
    return _each(library().dsp_log2_q10, integers(values, np.uint32), np.int16)


def exp2_q10(logs: ArrayLike) -> np.ndarray:
    """dsp_exp2_q10 of each logarithm: int16 Q10 of any shape in, uint32 of that shape out. Raises ValueError for other integers."""
    return _each(library().dsp_exp2_q10, integers(logs, np.int16), np.uint32)


def band_energy(bins: ArrayLike, bands: Bands) -> np.ndarray:
    """dsp_bands_energy of bins as `rfft_q15` returns them, int16 (…, n / 2 + 1, 2): uint32 (…, bands.n). Raises ValueError."""
    rows, shape = packed(bins)
    _same_length(rows, bands)
    said, (c, _keep) = np.empty((len(rows), bands.n), np.uint32), c_bands(bands)
    for row, out in zip(rows, said, strict=True):
        library().dsp_bands_energy(c, pointer(row), pointer(out))
    return said.reshape(*shape, bands.n)


def band_log2(bins: ArrayLike, bands: Bands, shift: int = 0) -> np.ndarray:
    """dsp_bands_log2 of bins as `rfft_q15` returns them, int16 (…, n / 2 + 1, 2), that are 2^shift times their value: int16 Q8
    (…, bands.n). Raises ValueError."""
    rows, shape = packed(bins)
    _same_length(rows, bands)
    if not -15 <= shift <= 15:
        raise ValueError(f"shift = {shift}: use -15 … 15")
    said, (c, _keep) = np.empty((len(rows), bands.n), np.int16), c_bands(bands)
    for row, out in zip(rows, said, strict=True):
        library().dsp_bands_log2(c, pointer(row), shift, pointer(out))
    return said.reshape(*shape, bands.n)


def dct(values: ArrayLike, table: Dct) -> np.ndarray:
    """dsp_dct of int16 (…, table.length): int16 (…, table.coefficients), the orthonormal ones times 2^-table.shift. Raises ValueError."""
    x = integers(values, np.int16)
    if x.shape[-1:] != (table.length,):
        raise ValueError(f"values must be of shape (…, {table.length}), as long as the table, not {x.shape}")
    rows, (c, _keep) = x.reshape(-1, table.length), c_dct(table)
    said = np.empty((len(rows), table.coefficients), np.int16)
    for row, out in zip(rows, said, strict=True):
        library().dsp_dct(c, pointer(row), pointer(out))
    return said.reshape(*x.shape[:-1], table.coefficients)


def log_mel(x: ArrayLike, bands: Bands, window: str = "hann") -> np.ndarray:
    """dsp_logmel of frames x, int16 (…, bands.length): int16 Q8 (…, bands.n), 256 log2 of the energy of each band;
    -7680 everywhere for silence. `window` is a name in WINDOWS. Raises ValueError."""
    frames = _frames(x, bands)
    rows, (c, _keep) = frames.reshape(-1, bands.length), c_logmel(bands, window)
    for row in rows:
        library().dsp_logmel(c, pointer(row), pointer(row))
    return frames[..., : bands.n].copy()


def mfcc(x: ArrayLike, bands: Bands, table: Dct, window: str = "hann") -> np.ndarray:
    """dsp_mfcc of frames x, int16 (…, bands.length): int16 (…, table.coefficients), in 2^(table.shift - 8) of a log2 unit.
    Raises ValueError."""
    frames = _frames(x, bands)
    if table.length != bands.n:
        raise ValueError(f"the table is of {table.length} values and there are {bands.n} bands: they must be as many")
    rows, (c, _keep), (c_table, _keep_too) = frames.reshape(-1, bands.length), c_logmel(bands, window), c_dct(table)
    said = np.empty((len(rows), table.coefficients), np.int16)
    for row, out in zip(rows, said, strict=True):
        library().dsp_mfcc(c, c_table, pointer(row), pointer(out))
    return said.reshape(*frames.shape[:-1], table.coefficients)


def spectrogram(
    x: ArrayLike,
    bands: Bands,
    hop: int,
    *,
    window: str = "hann",
    gate_q8: int = -8192,
    level: str = "plain",
) -> tuple[np.ndarray, np.ndarray]:
    """dsp_spectrogram of a signal x, int16 (samples,): features int16 Q8 (frames, bands.n), and bool (frames,), whether each
    was silent. `gate_q8` is -8192 … 8191 and `level` a name in LEVELS. Raises ValueError."""
    samples = integers(x, np.int16, "x")
    if samples.ndim != 1:
        raise ValueError(f"x must be one signal of shape (samples,), not {samples.shape}")
    if not 1 <= hop <= bands.length:
        raise ValueError(f"hop = {hop}: use 1 … {bands.length}, the length of a frame")
    if not -8192 <= gate_q8 <= 8191:
        raise ValueError(f"gate_q8 = {gate_q8}: use -8192 … 8191")
    if level not in LEVELS:
        raise ValueError(f"level = {level!r}: there are {', '.join(LEVELS)}")
    (c, _keep), store, frame = (
        c_logmel(bands, window),
        np.zeros((2, bands.length), np.int16),
        ffi.new("dsp_spectrogram_t *"),
    )
    library().dsp_spectrogram_init(frame, c, pointer(store[0]), hop, gate_q8, LEVELS.index(level))
    features, silent = [], []
    for start in range(0, len(samples), 2**15):
        piece = samples[start : start + 2**15]
        at, n = ffi.new("const int16_t **", pointer(piece)), ffi.new("uint16_t *", len(piece))
        while library().dsp_spectrogram_push(frame, at, n, pointer(store[1])):
            features.append(store[1, : bands.n].copy())
            silent.append(frame.silent)
    return np.array(features, np.int16).reshape(-1, bands.n), np.array(silent, bool)


def c_bands(bands: Bands) -> tuple[Any, Any]:
    """`bands` as C has it, and what must live as long."""
    library()  # which tells cffi the types
    counts, rising = np.ascontiguousarray(bands.counts), np.ascontiguousarray(bands.rising_q16)
    facts = [bands.length, bands.first, bands.n, pointer(counts), pointer(rising)]
    return ffi.new("dsp_bands_t *", facts), (counts, rising)


def c_dct(table: Dct) -> tuple[Any, Any]:
    """`table` as C has it, and what must live as long."""
    library()  # which tells cffi the types
    cosines = np.ascontiguousarray(table.cosines_q15)
    return ffi.new("dsp_dct_t *", [table.length, table.coefficients, pointer(cosines)]), cosines


def _each(function: Any, values: np.ndarray, dtype: type) -> np.ndarray:
    return np.array([function(value) for value in values.ravel().tolist()], dtype).reshape(values.shape)


def c_logmel(bands: Bands, window: str) -> tuple[Any, Any]:
    """The plan of dsp_logmel, and what must live as long. Raises ValueError for a window that is not in WINDOWS."""
    if window not in WINDOWS:
        raise ValueError(f"window = {window!r}: there are {', '.join(WINDOWS)}")
    c, keep = c_bands(bands)
    mean = limits()[f"DSP_LOGMEL_{window.upper()}"]
    return ffi.new("dsp_logmel_t *", [plan(bands.length), c, mean]), (c, keep)


def _frames(x: ArrayLike, bands: Bands) -> np.ndarray:
    frames = integers(x, np.int16, "x")
    if frames.shape[-1:] != (bands.length,):
        raise ValueError(f"x must be frames of shape (…, {bands.length}), for which the bands are, not {frames.shape}")
    return frames


def _same_length(rows: np.ndarray, bands: Bands) -> None:
    if rows.shape[1] != bands.length:
        raise ValueError(f"the bins are of {rows.shape[1]} samples and the bands are for {bands.length}")
