"""Triangular filter banks for dsp_bands: mel, linear, or any list of frequencies."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from fieldmouse.design.emit import table


def hz_to_mel(hz: np.ndarray | float) -> np.ndarray:
    """Mel of frequencies: 2595 log10(1 + f / 700) (Young et al., The HTK Book, v3.4, eq. 5.13)."""
    return 2595 * np.log10(1 + np.asarray(hz, dtype=np.float64) / 700)


def mel_to_hz(mel: np.ndarray | float) -> np.ndarray:
    """Frequencies of mel, the inverse of `hz_to_mel`."""
    return 700 * (10 ** (np.asarray(mel, dtype=np.float64) / 2595) - 1)


@dataclass(frozen=True)
class Bands:
    """A bank over the bins of an FFT of `length` samples at `rate_hz`.

    `edges_hz` float64 [n + 2], rising: band b rises over edges b … b + 1 and falls over b + 1 … b + 2, each straight in Hz.
    `counts` uint16 [n + 1]: bins between each two edges. `rising_q16` uint16 [sum of counts]: the part of each bin that
    goes to the band whose centre is above it; the rest goes to the one below. `first` is the first bin that counts.
    """

    rate_hz: float
    length: int
    edges_hz: np.ndarray
    first: int
    counts: np.ndarray
    rising_q16: np.ndarray

    @property
    def n(self) -> int:
        """The number of bands."""
        return len(self.edges_hz) - 2

    @property
    def weights(self) -> np.ndarray:
        """What each bin gives to each band, float64 [n, length // 2 + 1], from the edges alone, not from the table."""
        hz = np.arange(self.length // 2 + 1) * self.rate_hz / self.length
        return np.array([np.interp(hz, self.edges_hz[b : b + 3], [0, 1, 0], 0, 0) for b in range(self.n)])

    def c(self, name: str) -> str:
        """C: `static const ROM dsp_bands_t name` and its tables."""
        counts, rising = f"{name}_counts", f"{name}_rising_q16"
        why = f"{self.n} bands, {self.edges_hz[0]:g} to {self.edges_hz[-1]:g} Hz, of {self.length} samples at {self.rate_hz:g} Hz"
        return (
            table(counts, self.counts, f"{why}: bins between each two edges.")
            + table(rising, self.rising_q16, "The part of each bin that goes to the band above it.")
            + f"static const ROM dsp_bands_t {name} = {{{self.length}, {self.first}, {self.n}, {counts}, {rising}}};\n"
        )


def by_edges(rate_hz: float, length: int, edges_hz: Sequence[float]) -> Bands:
    """A bank by its edges: `edges_hz` [n + 2], the centres between the lowest and the highest frequency.

    Raises ValueError where the list does not rise, leaves 0 … rate_hz / 2, or holds a band that no bin falls into.
    """
    edges = np.asarray(edges_hz, dtype=np.float64)
    if length not in (2**i for i in range(2, 16)):
        raise ValueError(f"length = {length}: the FFT takes a power of two")
    if not rate_hz > 0:
        raise ValueError(f"rate_hz = {rate_hz}: give the samples a second")
    if edges.ndim != 1 or len(edges) < 3 or not np.all(np.diff(edges) > 0):
        raise ValueError("the edges must be at least three frequencies that rise: lowest, each band's centre, highest")
    if edges[0] < 0 or edges[-1] > rate_hz / 2:
        raise ValueError(
            f"the bands go from {edges[0]:g} to {edges[-1]:g} Hz, and half the rate of {rate_hz:g} Hz is {rate_hz / 2:g} Hz"
        )
    hz = np.arange(1, length // 2) * rate_hz / length
    inside = (hz >= edges[0]) & (hz < edges[-1])
    hz, above = hz[inside], np.searchsorted(edges, hz[inside], side="right")
    rising = (hz - edges[above - 1]) / (edges[above] - edges[above - 1])
    found = Bands(
        rate_hz,
        length,
        edges,
        int(np.flatnonzero(inside)[0]) + 1 if inside.any() else 1,
        np.bincount(above - 1, minlength=len(edges) - 1).astype(np.uint16),
        np.minimum(np.round(rising * 2**16), 2**16 - 1).astype(np.uint16),
    )
    for b, row in enumerate(found.weights[:, 1:-1]):
        if row.max() < 1 / 64:
            raise ValueError(
                f"band {b} ({edges[b]:.4g} … {edges[b + 2]:.4g} Hz) holds no bin, which are {rate_hz / length:.4g} Hz "
                "apart: use fewer bands, a higher low_hz or a longer frame"
            )
    return found


def mel(rate_hz: float, length: int, bands: int, low_hz: float = 0, high_hz: float | None = None) -> Bands:
    """`bands` triangles whose edges are equally far apart in mel, from low_hz to high_hz (half the rate). Raises ValueError."""
    low, high = _range(rate_hz, bands, low_hz, high_hz)
    inner = mel_to_hz(np.linspace(hz_to_mel(low), hz_to_mel(high), bands + 2)[1:-1])
    return by_edges(rate_hz, length, [low, *inner, high])


def linear(rate_hz: float, length: int, bands: int, low_hz: float = 0, high_hz: float | None = None) -> Bands:
    """`bands` triangles whose edges are equally far apart in Hz, from low_hz to high_hz (half the rate). Raises ValueError."""
    low, high = _range(rate_hz, bands, low_hz, high_hz)
    return by_edges(rate_hz, length, np.linspace(low, high, bands + 2))


def _range(rate_hz: float, bands: int, low_hz: float, high_hz: float | None) -> tuple[float, float]:
    high = rate_hz / 2 if high_hz is None else high_hz
    if bands < 1:
        raise ValueError(f"bands = {bands}: a bank has at least one")
    if not 0 <= low_hz < high:
        raise ValueError(f"low_hz = {low_hz:g} must be 0 or more and below high_hz = {high:g}")
    return low_hz, high
