"""Filters of finite impulse response: SciPy's taps in as many bits as a 32-bit sum allows, and half-band filters."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import signal

from fieldmouse.design._iir import _band
from fieldmouse.design.emit import table

FULL = 32768
SUM = 2**31
MOST = 1024  # taps
SHIFT = 30


@dataclass(frozen=True)
class Fir:
    """Taps for dsp_fir and dsp_fir_decimate; `wanted` and `quantised` are (taps,) float64, the newest sample's first."""

    wanted: np.ndarray
    quantised: np.ndarray
    table: np.ndarray  # int16: dsp_fir's design
    shift: int  # the taps are Q(shift)
    l1: float  # sum of |taps|: above 1, full-scale input can saturate the output, never the sum
    response_error: float  # largest |H quantised - H| over frequency
    error: (
        float  # bound of the taps' rounding at the output for any int16 input, in steps of int16, without its own 1/2
    )

    def c(self, name: str) -> str:
        """The table as C: `static const ROM int16_t name[]` for dsp_fir and dsp_fir_decimate."""
        return table(name, self.table, f"{len(self.wanted)} taps in Q{self.shift}, for dsp_fir")


@dataclass(frozen=True)
class Halfband:
    """A half-band filter for dsp_halfband; `wanted` and `quantised` are all taps, (4 * pairs - 1,) float64."""

    wanted: np.ndarray
    quantised: np.ndarray
    table: np.ndarray  # int16: dsp_halfband's design
    pairs: int
    pass_ripple: float  # largest |H - 1| below `edge`
    stop_gain: float  # largest |H| above 1/2 - `edge`
    edge: float  # of the pass band, as a part of the input's rate

    def c(self, name: str) -> str:
        """The table as C: `static const ROM int16_t name[]` for dsp_halfband."""
        stop = 20 * np.log10(self.stop_gain)
        return table(name, self.table, f"{len(self.wanted)} taps, {stop:.0f} dB in the stop band, for dsp_halfband")


def fir_taps(taps: Sequence[float]) -> Fir:
    """Your own taps, the newest sample's first, 1 … 1024 of them, for dsp_fir; ValueError if their sum may overflow."""
    wanted = np.asarray(taps, dtype=np.float64)
    if wanted.ndim != 1 or not 1 <= len(wanted) <= MOST or not np.isfinite(wanted).all() or not wanted.any():
        raise ValueError(f"taps must be a row of 1 to {MOST} numbers that are not all 0, not of shape {wanted.shape}")
    for shift in range(SHIFT, 0, -1):
        rounded = np.round(wanted * 2.0**shift)
        if np.abs(rounded).max() < FULL and np.abs(rounded).sum() * FULL + 2 ** (shift - 1) < SUM:
            break
    else:
        raise ValueError("the taps' amounts sum up to more than 2^15: divide them")
    quantised = rounded / 2.0**shift
    off = quantised - wanted
    return Fir(
        wanted=wanted,
        quantised=quantised,
        table=np.array([len(wanted), shift, *rounded[::-1]], dtype=np.int16),
        shift=shift,
        l1=float(np.abs(quantised).sum()),
        response_error=float(np.abs(np.fft.rfft(off, 16 * max(64, len(off)))).max()),
        error=float(np.abs(off).sum() * FULL),
    )


def fir(
    taps: int,
    hz: float | Sequence[float],
    rate_hz: float,
    kind: str = "low",
    window: str = "hamming",
    beta: float = 0.0,
) -> Fir:
    """SciPy's firwin for dsp_fir: `taps` of them, -6 dB at `hz` (two for `band` and `stop`), `window` by name, `beta` for kaiser.

    `high` and `stop` need an odd number of taps.
    """
    kinds = {"low": "lowpass", "high": "highpass", "band": "bandpass", "stop": "bandstop"}
    band = _band(hz, rate_hz, kind)
    if kind in ("high", "stop") and taps % 2 == 0:
        raise ValueError(f"{kind}: an even number of taps has a zero at half the rate; take {taps + 1}")
    shape = ("kaiser", beta) if window == "kaiser" else window
    return fir_taps(signal.firwin(taps, band, window=shape, pass_zero=kinds[kind], fs=rate_hz))


def remez(taps: int, edges_hz: Sequence[float], gains: Sequence[float], rate_hz: float) -> Fir:
    """SciPy's remez for dsp_fir: equal ripple in bands of two edges each, from 0 to half the rate, one gain for each."""
    edges = np.asarray(edges_hz, dtype=np.float64)
    if len(edges) != 2 * len(gains) or (np.diff(edges) <= 0).any() or edges[0] < 0 or edges[-1] > rate_hz / 2:
        raise ValueError(
            f"edges_hz must be two rising edges for each gain, within 0 and {rate_hz / 2:g}, not {edges_hz}"
        )
    return fir_taps(signal.remez(taps, edges, gains, fs=rate_hz))


def halfband(taps: int, edge: float = 0.2) -> Halfband:
    """A half-band filter of equal ripple for dsp_halfband: 4 k - 1 taps; `edge` of the pass band as a part of the input's rate.

    The stop band begins at 1/2 - edge, so what aliases below `edge` is suppressed. (Vaidyanathan & Nguyen, IEEE Trans.
    Circuits and Systems 34/3, 1987: every second tap is a filter of one band.)
    """
    if taps % 4 != 3 or not 3 <= taps <= MOST:
        raise ValueError(f"halfband: {taps} taps; it has 4 k - 1 of them: 3, 7, 11, 15, …")
    if not 0 < edge < 0.25:
        raise ValueError(f"halfband: edge must be between 0 and 0.25 of the rate, not {edge}")
    pairs = (taps + 1) // 4
    side = signal.remez(2 * pairs, [0, 2 * edge], [1], fs=1) / 2 if pairs > 1 else np.array([0.25, 0.25])
    rounded = np.round(side[:pairs] * FULL)
    every = []
    for half in (side[:pairs], rounded / FULL):
        full = np.zeros(taps)
        full[::2] = np.concatenate((half, half[::-1]))
        full[taps // 2] = 0.5
        every.append(full)
    if 2 * np.abs(rounded).sum() + 2**14 > 65535:
        raise ValueError("halfband: the taps' amounts sum up to more than 2: take fewer taps or a smaller edge")
    w, response = signal.freqz(every[1], worN=4096, fs=1)
    gain = np.abs(response)
    return Halfband(
        wanted=every[0],
        quantised=every[1],
        table=np.array([pairs, *rounded], dtype=np.int16),
        pairs=pairs,
        pass_ripple=float(np.abs(gain[w <= edge] - 1).max()),
        stop_gain=float(gain[w >= 0.5 - edge].max()),
        edge=edge,
    )
