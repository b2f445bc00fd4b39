"""Overlapping windows of lib/dsp on NumPy arrays."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from fieldmouse.dsp.library import ffi, integers, library, limits, pointer


def frames(x: ArrayLike, length: int, hop: int) -> np.ndarray:
    """The complete windows of a row of int16, shape (windows, length): window i is x[i * hop : i * hop + length].

    No padding: what does not fill a window is left out. Raises ValueError unless 1 <= hop <= length <= 32767.
    """
    samples = integers(x, np.int16, "x")
    if samples.ndim != 1:
        raise ValueError(f"x must be a row of samples, not of shape {samples.shape}")
    longest = limits()["DSP_RING_SAMPLES"]
    if not 1 <= hop <= length <= longest:
        raise ValueError(f"1 <= hop <= length <= {longest} must hold, not hop {hop} and length {length}")
    c, state, store = library(), ffi.new("dsp_frames_t *"), ffi.new("int16_t[]", length)
    c.dsp_frames_init(state, store, length, hop)
    out = np.empty((max(0, (samples.size - length) // hop + 1), length), np.int16)
    done = 0
    for start in range(0, samples.size, longest):  # the count of a push is 16 bits wide
        piece = samples[start : start + longest]
        at, left = ffi.new("int16_t const **", pointer(piece)), ffi.new("uint16_t *", piece.size)
        window = ffi.new("int16_t[]", length)
        while c.dsp_frames_push(state, at, left, window):
            out[done] = np.frombuffer(ffi.buffer(window), np.int16)
            done += 1
    return out
