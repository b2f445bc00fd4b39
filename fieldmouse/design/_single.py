"""Designs of a few numbers: exponential moving averages, DC removal, Goertzel's one frequency."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from fieldmouse.design.emit import table

FULL = 32768
GROWN = 2**29  # dsp_goertzel.h: the state stays below
COARSE = -7  # with a smaller `up`, rounding could be off by 1 % of full scale


@dataclass(frozen=True)
class Ema:
    """The one number of dsp_ema_init, and what it gives."""

    table: np.ndarray  # uint16: [alpha_q15]
    alpha_q15: int
    hz: float  # the cut-off with it

    def c(self, name: str) -> str:
        """The table as C: `static const ROM uint16_t name[1]`."""
        return table(name, self.table, f"alpha Q15 for {self.hz:.4g} Hz, for dsp_ema_init")


@dataclass(frozen=True)
class Dc:
    """The one number of dsp_dc_init, and what it gives."""

    table: np.ndarray  # uint8: [shift]
    shift: int
    hz: float  # the cut-off with it
    settling_s: float  # until a step of full scale is below 1

    def c(self, name: str) -> str:
        """The table as C: `static const ROM uint8_t name[1]`."""
        return table(name, self.table, f"shift for {self.hz:.4g} Hz, for dsp_dc_init")


@dataclass(frozen=True)
class Goertzel:
    """One frequency for dsp_goertzel."""

    table: np.ndarray  # int16: dsp_goertzel's design
    n: int
    up: int  # the state has 2**up of the samples' unit
    hz: float  # with the rounded coefficient
    growth: float  # the state's bound for input within ±1
    error: float  # bound of the rounding's error in the root of the power, in the samples' unit

    def c(self, name: str) -> str:
        """The table as C: `static const ROM int16_t name[]` for dsp_goertzel."""
        return table(name, self.table, f"{self.hz:.6g} Hz, blocks of {self.n}, for dsp_goertzel")


def ema(hz: float, rate_hz: float) -> Ema:
    """The alpha of a cut-off for dsp_ema: 1 - exp(-2 pi hz / rate), whose time constant is 1 / (2 pi hz)."""
    alpha = round(FULL * -np.expm1(-2 * np.pi * hz / rate_hz)) if rate_hz > 0 else 0
    if not 1 <= alpha < FULL or hz >= rate_hz / 2:
        raise ValueError(f"ema: hz must be between {rate_hz / FULL / 2 / np.pi:.3g} and half the rate, not {hz}")
    return Ema(np.array([alpha], dtype=np.uint16), alpha, float(-np.log1p(-alpha / FULL) * rate_hz / 2 / np.pi))


def dc(hz: float, rate_hz: float) -> Dc:
    """The nearest shift for a cut-off of dsp_dc: rate / (2 pi 2^shift), a power of two apart from the next."""
    shift = round(np.log2(rate_hz / (2 * np.pi * hz))) if hz > 0 and rate_hz > 0 else 0
    if not 1 <= shift <= 15:
        low, high = rate_hz / 2 / np.pi / 2**15, rate_hz / 4 / np.pi
        raise ValueError(
            f"dc: hz must be between {low:.3g} and {high:.3g} at this rate, not {hz}; try ema or butterworth"
        )
    step = -np.log1p(-(2.0**-shift))
    return Dc(
        np.array([shift], dtype=np.uint8), shift, float(rate_hz * step / 2 / np.pi), np.log(FULL) / step / rate_hz
    )


def _mantissa(value: float, top: int) -> tuple[int, int]:
    """value as m / 2^(top + bits) with m from 2^top to 2^(top + 1), bits at least 0."""
    bits = max(0, -int(np.floor(np.log2(value))))
    return int(np.round(value * 2.0 ** (top + bits))), bits


def goertzel(hz: float, rate_hz: float, n: int) -> Goertzel:
    """The design of one frequency, in blocks of n samples (2 … 32767), for dsp_goertzel.

    `hz` between 0 and half the rate, both excluded. The error grows with n, at low frequencies with its square: ValueError
    where it could be 1 % of full scale.
    """
    if not 2 <= n <= FULL - 1:
        raise ValueError(f"goertzel: n must be 2 … {FULL - 1}, not {n}")
    if not 0 < hz < rate_hz / 2:
        raise ValueError(f"goertzel: hz must be between 0 and half the rate, {rate_hz / 2:g}, not {hz}")
    flip = hz > rate_hz / 4
    w = 2 * np.pi * hz / rate_hz
    w = np.pi - w if flip else w
    kappa, kappa_bits = _mantissa(4 * np.sin(w / 2) ** 2, 14)
    got = 2 * np.arcsin(np.sqrt(kappa * 2.0 ** -(14 + kappa_bits)) / 2)
    sine, sine_bits = _mantissa(np.sin(got), 14)
    growth = float(np.abs(np.sin(np.arange(1, n + 1) * got)).sum() / np.sin(got))
    up = min(14, int(np.floor(np.log2((GROWN - 2 * growth) / (growth * FULL)))) if 2 * growth < GROWN else -16)
    if up < COARSE or kappa_bits > 28:
        raise ValueError(
            f"goertzel: {hz} Hz is too low for blocks of {n} at {rate_hz} Hz: decimate first, or take fewer"
        )
    gain = 2.0 / n**2
    gain_bits = max(0, -int(np.floor(np.log2(gain))) - 1)
    mantissa = min(65535, int(gain * 2.0 ** (16 + gain_bits)))
    numbers = [n, up, kappa, kappa_bits, sine, sine_bits, mantissa, gain_bits, int(flip)]
    return Goertzel(
        table=np.array(numbers, dtype=np.int64).astype(np.uint16).view(np.int16),
        n=n,
        up=up,
        hz=float((np.pi - got if flip else got) * rate_hz / 2 / np.pi),
        growth=growth,
        error=float(1.5 * np.sqrt(2) * 2.0**-up),
    )
