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
FINE = 5  # bits more at most
WORTH = 0.8  # of the squared error must be less for them


@dataclass(frozen=True)
class Fir:
    """Taps for dsp_fir and dsp_fir_decimate; `wanted` and `quantised` are (taps,) float64, the newest sample's first."""

    wanted: np.ndarray
    quantised: np.ndarray
    table: np.ndarray  # int32: dsp_fir's design
    shift: int  # the inner taps are Q(shift)
    fine: int  # the outer ones Q(shift + fine)
    l1: float  # sum of |taps|: above 1, full-scale input can saturate the output, never the sum
    response_error: float  # largest |H quantised - H| over frequency
    error: (
        float  # bound of the taps' rounding at the output for any int16 input, in steps of int16, without its own 1/2
    )

    def c(self, name: str) -> str:
        """The table as C: `static const ROM int32_t name[]` for dsp_fir and dsp_fir_decimate."""
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


def _room(amounts: float, half: float) -> bool:
    """Whether a sum of taps that have these amounts together stays within 32 bits for any samples."""
    return amounts * FULL + half < SUM


def _split(wanted: np.ndarray, shift: int, fine: int) -> tuple[float, int, int]:
    """The taps to keep in Q(shift), from and to even places, when the others get `fine` bits more: least squared error."""
    scales = (2.0 ** (shift + fine), 2.0**shift)
    outer, inner = (np.round(wanted * scale) for scale in scales)
    edges = np.arange(0, len(wanted) + 1, 2)

    def sums(values: np.ndarray) -> np.ndarray:
        return np.concatenate(([0.0], np.cumsum(values)))[edges]

    amount, large = sums(np.abs(outer)), sums(np.abs(outer) >= FULL)
    off, off_inner = sums((outer / scales[0] - wanted) ** 2), sums((inner / scales[1] - wanted) ** 2)
    whole = sums(np.abs(inner))
    left, right = np.meshgrid(np.arange(len(edges)), np.arange(len(edges)), indexing="ij")
    outside = amount[left] + amount[-1] - amount[right]
    fits = (left <= right) & (outside * FULL + 2.0 ** (shift + fine - 1) < SUM)
    fits &= (large[left] + large[-1] - large[right] == 0) & (
        (outside / 2**fine + whole[right] - whole[left] + 1) * FULL + 2.0 ** (shift - 1) < SUM
    )
    error = np.where(fits, off[left] + off[-1] - off[right] + off_inner[right] - off_inner[left], np.inf)
    best = np.unravel_index(np.argmin(error), error.shape)
    return float(error[best]), int(edges[best[0]]), int(edges[best[1]])


def fir_taps(taps: Sequence[float], fine: bool = True) -> Fir:
    """Your own taps, the newest sample's first, 1 … 1024 of them, for dsp_fir; ValueError if their sum may overflow.

    `fine` gives the small outer taps more bits than a sum of all allows: nearer to `taps`, and some instructions more.
    """
    wanted = np.asarray(taps, dtype=np.float64)
    if wanted.ndim != 1 or not 1 <= len(wanted) <= MOST or not np.isfinite(wanted).all() or not wanted.any():
        raise ValueError(f"taps must be a row of 1 to {MOST} numbers that are not all 0, not of shape {wanted.shape}")
    for shift in range(SHIFT - FINE, 0, -1):
        rounded = np.round(wanted * 2.0**shift)
        if np.abs(rounded).max() < FULL and _room(np.abs(rounded).sum() + 1, 2.0 ** (shift - 1)):
            break
    else:
        raise ValueError("the taps' amounts sum up to more than 2^15: divide them")
    ordered = np.concatenate((np.zeros(len(wanted) % 2), wanted[::-1]))
    bits, inner, end = 0, 0, len(ordered)
    plain = float(((np.round(ordered * 2.0**shift) / 2.0**shift - ordered) ** 2).sum())
    if fine:
        (error, first, behind), more = min((_split(ordered, shift, more), more) for more in range(1, FINE + 1))
        if error < WORTH * plain:
            bits, inner, end = more, first, behind
    scale = np.full(len(ordered), 2.0 ** (shift + bits))
    scale[inner:end] = 2.0**shift
    numbers = np.round(ordered * scale).astype(np.int64)
    words = ((numbers[::2] & 0xFFFF) | numbers[1::2] << 16).astype(np.int32)
    quantised = (numbers / scale)[::-1][: len(wanted)]
    off = quantised - wanted
    return Fir(
        wanted=wanted,
        quantised=quantised,
        table=np.concatenate(([len(ordered), shift, bits, inner, end], words)).astype(np.int32),
        shift=shift,
        fine=bits,
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
    fine: bool = True,
) -> Fir:
    """SciPy's firwin for dsp_fir: `taps` of them, -6 dB at `hz` (two for `band` and `stop`), `window` by name, `beta` for kaiser.

    `high` and `stop` need an odd number of taps. `fine` as of `fir_taps`.
    """
    kinds = {"low": "lowpass", "high": "highpass", "band": "bandpass", "stop": "bandstop"}
    band = _band(hz, rate_hz, kind)
    if kind in ("high", "stop") and taps % 2 == 0:
        raise ValueError(f"{kind}: an even number of taps has a zero at half the rate; take {taps + 1}")
    shape = ("kaiser", beta) if window == "kaiser" else window
    return fir_taps(signal.firwin(taps, band, window=shape, pass_zero=kinds[kind], fs=rate_hz), fine)


def remez(taps: int, edges_hz: Sequence[float], gains: Sequence[float], rate_hz: float, fine: bool = True) -> Fir:
    """SciPy's remez for dsp_fir: equal ripple in bands of two edges each, from 0 to half the rate, one gain for each."""
    edges = np.asarray(edges_hz, dtype=np.float64)
    if len(edges) != 2 * len(gains) or (np.diff(edges) <= 0).any() or edges[0] < 0 or edges[-1] > rate_hz / 2:
        raise ValueError(
            f"edges_hz must be two rising edges for each gain, within 0 and {rate_hz / 2:g}, not {edges_hz}"
        )
    return fir_taps(signal.remez(taps, edges, gains, fs=rate_hz), fine)


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
