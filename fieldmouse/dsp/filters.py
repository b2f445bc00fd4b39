"""Filters of lib/dsp on int16 arrays: the device's bits, in one call or block by block.

Each function takes samples (n,) and a design of `fieldmouse.design.filters`. For a stream, make a state once with
`Stream(design)` and pass it to each call; blocks then give what one call gives.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from fieldmouse.design.filters import Biquads, Dc, Ema, Fir, Goertzel, Halfband
from fieldmouse.dsp.library import ffi, integers, library, pointer

Design = Biquads | Dc | Ema | Fir | Goertzel | Halfband
MOST = 65535  # samples of one call in C
BLOCK = 256


class Stream:
    """What a filter remembers between blocks. `start` is where an EMA's or a DC removal's mean begins.

    `factor` is how many samples `fir_decimate` takes for one.
    """

    def __init__(self, design: Design, start: int = 0, factor: int = 0) -> None:
        self.design, self.factor = design, factor
        self._table = design.table
        self._start = int(integers([start], np.int16, "start")[0])
        lib = library()
        table = pointer(self._table)
        if isinstance(design, Biquads):
            self.at = ffi.new("dsp_biquad_t[]", len(design.sos))
            lib.dsp_biquad_init(self.at, table)
        elif isinstance(design, Fir):
            self._line = ffi.new("int32_t[]", (int(design.table[0]) + BLOCK + 1) // 2)
            if factor:
                self.at = ffi.new("dsp_fir_decimate_t *")
                lib.dsp_fir_decimate_init(self.at, table, factor, self._line, BLOCK)
            else:
                self.at = ffi.new("dsp_fir_t *")
                lib.dsp_fir_init(self.at, table, self._line, BLOCK)
        elif isinstance(design, Halfband):
            self._line = ffi.new("int16_t[]", 4 * design.pairs - 2 + BLOCK)
            self.at = ffi.new("dsp_halfband_t *")
            lib.dsp_halfband_init(self.at, table, self._line, BLOCK)
        elif isinstance(design, Ema):
            self.at = ffi.new("dsp_ema_t *")
            lib.dsp_ema_init(self.at, design.alpha_q15, self._start)
        elif isinstance(design, Dc):
            self.at = ffi.new("dsp_dc_t *")
            lib.dsp_dc_init(self.at, design.shift, self._start)
        elif isinstance(design, Goertzel):
            self.at = ffi.new("dsp_goertzel_t *")
            lib.dsp_goertzel_init(self.at, table)
        else:
            raise ValueError(f"a design of fieldmouse.design.filters is wanted, not {type(design).__name__}")


def _prepared(
    x: ArrayLike, design: Any, kind: type, state: Stream | None, factor: int = 0
) -> tuple[np.ndarray, Stream]:
    samples = integers(x, np.int16, "x")
    if samples.ndim != 1:
        raise ValueError(f"x must be one row of samples, not of shape {samples.shape}")
    if not isinstance(design, kind):
        raise ValueError(f"the design must be {kind.__name__}, not {type(design).__name__}")
    if state is None:
        state = Stream(design, factor=factor)
    elif state.design is not design or state.factor != factor:
        raise ValueError("the state belongs to another design or factor; make a Stream of this one")
    return samples, state


def _run(function: Any, samples: np.ndarray, state: Stream) -> np.ndarray:
    """All samples through `function`, which writes one for one and returns nothing, or returns how many it wrote."""
    out = np.empty(len(samples), dtype=np.int16)
    written = 0
    for at in range(0, len(samples), MOST):
        part = samples[at : at + MOST]
        some = function(state.at, pointer(part), pointer(out[written:]), len(part))
        written += len(part) if some is None else some
    return out[:written]


def biquad(x: ArrayLike, design: Biquads, state: Stream | None = None) -> np.ndarray:
    """A cascade of biquads (`butterworth`, `iir`, `sos`) on int16 samples (n,): (n,) int16 at the design's gain."""
    samples, state = _prepared(x, design, Biquads, state)

    def function(at: Any, source: Any, out: Any, n: int) -> None:
        library().dsp_biquad(at, pointer(design.table), source, out, n)

    return _run(function, samples, state)


def fir(x: ArrayLike, design: Fir, state: Stream | None = None) -> np.ndarray:
    """A FIR filter (`fir`, `remez`, `fir_taps`) on int16 samples (n,): (n,) int16 at the design's gain."""
    samples, state = _prepared(x, design, Fir, state)
    return _run(library().dsp_fir, samples, state)


def fir_decimate(x: ArrayLike, design: Fir, factor: int, state: Stream | None = None) -> np.ndarray:
    """A FIR filter and every factor-th output, the first at the first sample: int16 (ceil(n / factor),) in one call."""
    if not 1 <= factor <= MOST:
        raise ValueError(f"factor must be 1 … {MOST}, not {factor}")
    samples, state = _prepared(x, design, Fir, state, factor)
    return _run(library().dsp_fir_decimate, samples, state)


def halfband(x: ArrayLike, design: Halfband, state: Stream | None = None) -> np.ndarray:
    """A half-band filter and every second output, the first at the first sample: int16 (ceil(n / 2),) in one call."""
    samples, state = _prepared(x, design, Halfband, state)
    return _run(library().dsp_halfband, samples, state)


def ema_low(x: ArrayLike, design: Ema, state: Stream | None = None) -> np.ndarray:
    """The exponential moving average of int16 samples (n,), from 0 or the state's start: (n,) int16."""
    samples, state = _prepared(x, design, Ema, state)
    return _run(library().dsp_ema_low, samples, state)


def ema_high(x: ArrayLike, design: Ema, state: Stream | None = None) -> np.ndarray:
    """Int16 samples (n,) minus their exponential moving average, held to int16: (n,)."""
    samples, state = _prepared(x, design, Ema, state)
    return _run(library().dsp_ema_high, samples, state)


def dc_remove(x: ArrayLike, design: Dc, state: Stream | None = None) -> np.ndarray:
    """Int16 samples (n,) without their offset, held to int16: (n,)."""
    samples, state = _prepared(x, design, Dc, state)
    return _run(library().dsp_dc, samples, state)


def goertzel(x: ArrayLike, design: Goertzel, state: Stream | None = None) -> np.ndarray:
    """The power at the design's frequency, 2 |X|^2 / n^2, of each whole block of int16 samples: uint32 (blocks,).

    A sine of amplitude a and a whole number of periods gives a^2 / 2. With a state, a started block is kept for the next call.
    """
    samples, state = _prepared(x, design, Goertzel, state)
    lib, powers = library(), []
    while len(samples):
        taken = lib.dsp_goertzel_push(state.at, pointer(samples), min(len(samples), MOST))
        samples = samples[taken:]
        if not state.at.left:
            powers.append(lib.dsp_goertzel_power(state.at))
            lib.dsp_goertzel_init(state.at, pointer(design.table))
    return np.array(powers, dtype=np.uint32)
