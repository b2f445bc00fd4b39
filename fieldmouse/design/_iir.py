"""Recursive filters: SciPy's sections scaled so that none can overflow, ordered for least noise, quantised and checked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import permutations, product

import numpy as np
from scipy import signal

from fieldmouse.design._cascade import FULL, feedback, grid, impulse, l1, peak, response, shaped
from fieldmouse.design.emit import table

SECTIONS = 8  # dsp_biquad.h: DSP_BIQUAD_SECTIONS
Q = 2**14
UP = 7
ORDERED = 4  # sections whose every order is tried
TOLERANCE = 10 ** (-70 / 20)
TOO_LOW = "decimate first (fir_decimate, halfband), or take a higher cut-off, a lower order or a larger tolerance"


@dataclass(frozen=True)
class Biquads:
    """A cascade for dsp_biquad. Arrays of sections are (sections, 6) float64 as SciPy's SOS: b0 b1 b2 1 a1 a2."""

    sos: np.ndarray  # as asked, in the order of the device
    quantised: np.ndarray  # what the device computes, its gain that of the inside, 2**-up of the whole
    table: np.ndarray  # int16: dsp_biquad's design
    up: int  # bits that the last section's output is shifted up
    l1: float  # sum of |impulse response| of the whole: above 1, full-scale input can saturate the output, never the inside
    noise: float  # bound of the rounding's error at the output, in steps of int16
    noise_rms: float  # its standard deviation, were each rest white
    response_error: float  # largest |H quantised - H| over frequency, as a part of the largest |H|
    error: float  # bound of the coefficients' error at the output for any int16 input, in steps of int16
    pole_radius: float  # of the outermost quantised pole: below 1

    def c(self, name: str) -> str:
        """The table as C: `static const ROM int16_t name[]` for dsp_biquad."""
        decibel = 20 * np.log10(max(self.response_error, 1e-12))
        why = f"{len(self.sos)} second-order sections, response within {decibel:.0f} dB, for dsp_biquad"
        return table(name, self.table, why)


def _scaled(sos: np.ndarray) -> tuple[np.ndarray, int]:
    """Gains by which no section can overflow, and the bits by which the last stays below the whole's gain."""
    limit = 1 - 2.0**-9
    scaled = sos.copy()
    whole = l1(sos)
    up = max(0, int(np.ceil(np.log2(whole / limit))))
    for i in range(len(sos) - 1):
        scaled[i, :3] *= limit / l1(scaled[: i + 1])
    gain = np.prod(scaled[:-1, 0] / sos[:-1, 0]) if len(sos) > 1 else 1.0
    scaled[-1, :3] *= 2.0**-up / gain
    return scaled, up


def _noise_rms(sos: np.ndarray) -> float:
    return float(np.sqrt(sum((impulse(shaped(sos, i)) ** 2).sum() / 12 for i in range(len(sos)))))


def _ordered(sos: np.ndarray) -> np.ndarray:
    """The order with the least noise after scaling: all orders for up to ORDERED sections, else SciPy's."""
    if len(sos) > ORDERED:
        return sos
    orders = [sos[list(order)] for order in permutations(range(len(sos)))]
    return min(orders, key=lambda one: _noise_rms(_scaled(one)[0]))


def _numerator(b: np.ndarray) -> np.ndarray:
    """b rounded to Q14; zeros that are exactly at ±1 stay there: b1 and b2 are then whole multiples of b0."""
    ratio = b / b[0] if b[0] else b
    if b[0] and np.allclose(ratio, np.round(ratio), atol=1e-9):
        return np.round(ratio) * np.round(b[0] * Q) / Q
    return np.round(b * Q) / Q


def _stable(section: np.ndarray) -> bool:
    """Whether both poles lie inside the unit circle: the triangle of a1 and a2."""
    return bool(abs(section[5]) < 1 and abs(section[4]) < 1 + section[5])


def _poles(sos: np.ndarray, target: np.ndarray, w: np.ndarray) -> np.ndarray:
    """a1 and a2 rounded, each up or down, section by section, so that the whole's response is nearest."""
    done = sos.copy()
    done[:, 4:] = np.round(sos[:, 4:] * Q) / Q
    for i in [*range(len(sos))] * 2:
        best = np.inf
        around = np.round(sos[i, 4:] * Q)
        for shift in product((-1, 0, 1), repeat=2):
            one = done.copy()
            one[i, 4:] = (around + shift) / Q
            if not _stable(one[i]):
                continue
            got = response(one, w)
            gain = np.vdot(got, target).real / np.vdot(got, got).real
            error = np.abs(gain * got - target).max()
            if error < best:
                best, chosen = error, one[i, 4:]
        if not np.isfinite(best):
            raise ValueError(f"unstable after rounding to 16 bits: {TOO_LOW}")
        done[i, 4:] = chosen
    return done


def _zeros(sos: np.ndarray, target: np.ndarray, w: np.ndarray) -> np.ndarray:
    """b rounded; the first section's gain, which is free, is the one at which the last's rounds best."""
    best = np.inf
    for part in np.linspace(1, 0.75, 128):
        one = sos.copy()
        one[0, :3] *= part
        for i in range(len(sos) - 1):
            one[i, :3] = _numerator(one[i, :3])
        if not one[:-1, :3].any(axis=1).all():
            break
        got = response(one, w)
        gain = np.vdot(got, target).real / np.vdot(got, got).real
        wanted = one[-1, :3] * gain
        for step in (0, -1, 1):
            one[-1, :3] = _numerator(wanted * (1 + step / max(abs(wanted[0]) * Q, 1)))
            error = np.abs(response(one, w) - target).max()
            if error < best:
                best, chosen = error, one.copy()
    if not np.isfinite(best):
        raise ValueError(f"a gain is too small for 16 bits: {TOO_LOW}")
    return chosen


def _rounded(sos: np.ndarray, target: np.ndarray, w: np.ndarray) -> np.ndarray:
    """All coefficients in Q14, so that the response is nearest to `target`."""
    if len(sos) > 1:
        return _zeros(_poles(sos, target, w), target, w)
    # One section has no gain to share: try its five numbers up and down together.
    around = np.round(sos[0] * Q)
    every = (around + np.insert(list(product((-1, 0, 1), repeat=5)), 3, 0, axis=1)) / Q
    every = np.concatenate((every, np.concatenate((_numerator(sos[0, :3]), np.round(sos[0, 3:] * Q) / Q))[None]))
    every = [one[None] for one in every if _stable(one)]
    if not every:
        raise ValueError(f"unstable after rounding to 16 bits: {TOO_LOW}")
    return min(every, key=lambda one: np.abs(response(one, w) - target).max())


def _table(quantised: np.ndarray, up: int) -> np.ndarray:
    rows = [len(quantised), up]
    for section in quantised:
        b0, b1, b2, _, a1, a2 = (int(value) for value in np.round(section * Q))
        e = feedback(section)
        rows += [e, b0, b1, b2, -a1 - e * Q, -a2]
    if max(map(abs, rows)) > FULL - 1:
        raise ValueError("a coefficient does not fit 16 bits: its gain is too large for its poles")
    return np.array(rows, dtype=np.int16)


def biquads(sections: np.ndarray, tolerance: float) -> Biquads:
    """The design of SciPy's SOS; ValueError with advice where 16 bits are too few for it."""
    sos = np.atleast_2d(np.asarray(sections, dtype=np.float64))
    if sos.ndim != 2 or sos.shape[1] != 6 or not 1 <= len(sos) <= SECTIONS or not np.isfinite(sos).all():
        raise ValueError(f"sos must be 1 to {SECTIONS} rows of b0 b1 b2 a0 a1 a2, as SciPy's, not of shape {sos.shape}")
    if (sos[:, 3] == 0).any() or not sos[:, :3].any(axis=1).all():
        raise ValueError("sos: a section has a0 = 0 or no numerator")
    sos = sos / sos[:, 3:4]
    radius = max(np.abs(np.roots(section[3:])).max(initial=0.0) for section in sos)
    if radius >= 1:
        raise ValueError(f"sos is unstable: a pole at radius {radius:.6f}; all must lie inside the unit circle")
    if radius > 0.9999:
        raise ValueError(f"a pole at radius {radius:.6f} is too near the unit circle for 16 bits: {TOO_LOW}")
    sos = _ordered(sos)
    scaled, up = _scaled(sos)
    if up > UP:
        raise ValueError(f"the filter's gain is {l1(sos):.0f} for some inputs; at most {2**UP}: divide b by it")
    return _quantised(sos, scaled, up, tolerance)


def _quantised(sos: np.ndarray, scaled: np.ndarray, up: int, tolerance: float) -> Biquads:
    w = grid(sos)
    ideal = response(sos, w)
    for _ in range(8):
        done = _rounded(scaled, ideal * 2.0**-up, w)
        high = [peak(done[: i + 1]) / (FULL - 1) for i in range(len(done))]
        if max(high) <= 1:
            break
        if high[-1] > 1:
            up += 1
            scaled[-1, :3] /= 2
        for i, value in enumerate(high[:-1]):
            if value > 1:
                scaled[i, :3] /= value * 1.002
                scaled[i + 1, :3] *= value * 1.002
    else:
        raise ValueError(f"no scaling keeps the sections within 16 bits: {TOO_LOW}")
    got = response(done, w) * 2.0**up
    response_error = float(np.abs(got - ideal).max() / np.abs(ideal).max())
    if response_error > tolerance:
        raise ValueError(
            f"16-bit coefficients miss the response by {20 * np.log10(response_error):.0f} dB, more than the "
            f"{20 * np.log10(tolerance):.0f} dB of the tolerance: {TOO_LOW}"
        )
    long, short = sorted((impulse(sos), impulse(done) * 2.0**up), key=len, reverse=True)
    off = long.copy()
    off[: len(short)] -= short
    steps = 2.0**up
    return Biquads(
        sos=sos,
        quantised=done,
        table=_table(done, up),
        up=up,
        l1=l1(sos),
        noise=steps * sum(l1(shaped(done, i)) / 2 for i in range(len(done))) + 1,
        noise_rms=steps * _noise_rms(done),
        response_error=response_error,
        error=float(FULL * np.abs(off).sum()),
        pole_radius=max(float(np.abs(np.roots(section[3:])).max(initial=0.0)) for section in done),
    )


def _band(hz: float | Sequence[float], rate_hz: float, kind: str) -> np.ndarray:
    band = np.atleast_1d(np.asarray(hz, dtype=np.float64))
    wanted = {"low": 1, "high": 1, "band": 2, "stop": 2}
    if kind not in wanted:
        raise ValueError(f"kind must be one of {', '.join(wanted)}, not {kind}")
    if band.shape != (wanted[kind],) or not (band > 0).all() or not (band < rate_hz / 2).all():
        raise ValueError(f"{kind}: hz must be {wanted[kind]} between 0 and {rate_hz / 2:g}, half the rate, not {hz}")
    if len(band) == 2 and band[0] >= band[1]:
        raise ValueError(f"{kind}: hz must rise, not {hz}")
    return band if len(band) == 2 else band[0]


def iir(
    order: int,
    hz: float | Sequence[float],
    rate_hz: float,
    kind: str = "low",
    family: str = "butter",
    ripple_db: float = 1.0,
    stop_db: float = 60.0,
    tolerance: float = TOLERANCE,
) -> Biquads:
    """A filter of one of SciPy's families, for dsp_biquad.

    `order` 1 … 16 as SciPy's (`band` and `stop` have twice as many poles); `hz` the cut-off, or two of them for `band`
    and `stop`; `family` butter, cheby1, cheby2, ellip or bessel; `ripple_db` in the pass band of cheby1 and ellip,
    `stop_db` below it in the stop band of cheby2 and ellip; `tolerance` how far the response may be off, as a part of
    its largest. ValueError, with advice, for what 16 bits cannot do.
    """
    kinds = {"low": "lowpass", "high": "highpass", "band": "bandpass", "stop": "bandstop"}
    band = _band(hz, rate_hz, kind)
    if family not in ("butter", "cheby1", "cheby2", "ellip", "bessel"):
        raise ValueError(f"family must be butter, cheby1, cheby2, ellip or bessel, not {family}")
    if not 1 <= order * (2 if kind in ("band", "stop") else 1) <= 2 * SECTIONS:
        raise ValueError(f"order {order}: at most {2 * SECTIONS} poles, twice the order for band and stop")
    sections = signal.iirfilter(order, band, ripple_db, stop_db, kinds[kind], ftype=family, output="sos", fs=rate_hz)
    return biquads(sections, tolerance)


def butterworth(
    order: int, hz: float | Sequence[float], rate_hz: float, kind: str = "low", tolerance: float = TOLERANCE
) -> Biquads:
    """A Butterworth filter: flat, -3 dB at the cut-off; arguments as of `iir`."""
    return iir(order, hz, rate_hz, kind, tolerance=tolerance)


def sos(sections: Sequence[Sequence[float]], tolerance: float = TOLERANCE) -> Biquads:
    """Your own second-order sections, rows of b0 b1 b2 a0 a1 a2 as SciPy gives them; arguments else as of `iir`."""
    return biquads(np.asarray(sections, dtype=np.float64), tolerance)
