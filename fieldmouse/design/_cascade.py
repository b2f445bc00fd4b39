"""What a cascade of second-order sections does: its impulse response and bounds, its rounding's way out, its response."""

from __future__ import annotations

import numpy as np
from scipy import signal

FULL = 32768  # int16's least is -FULL
GRID = 512
TAIL = 1e-7  # an impulse response ends where its rest adds less than this


def impulse(sos: np.ndarray) -> np.ndarray:
    """The impulse response, as long as it is worth summing."""
    radius = max(np.abs(np.roots(section[3:])).max(initial=0.0) for section in sos)
    count = 64 if radius < 0.1 else int(min(2**20, 64 + 2 * np.log(TAIL) / np.log(min(radius, 1 - 1e-9))))
    return signal.sosfilt(sos, np.concatenate(([1.0], np.zeros(count))))


def l1(sos: np.ndarray) -> float:
    """The sum of |impulse response|: the output's bound for input within ±1."""
    return float(np.abs(impulse(sos)).sum()) + TAIL


def feedback(section: np.ndarray) -> int:
    """e: the sign with which the rest is fed back, so that the zero lies on the poles' side."""
    return 1 if section[4] <= 0 else -1


def shaped(sos: np.ndarray, section: int) -> np.ndarray:
    """From the rounding in `section` to the output: (1 - e z^-1) / A, then the sections behind."""
    first = np.concatenate(([1.0, -feedback(sos[section]), 0.0], sos[section, 3:]))
    return np.concatenate((first[None], sos[section + 1 :]))


def peak(sos: np.ndarray) -> float:
    """The largest |y| that int16 samples can cause behind the last of `sos`, with its rounding and that of those before."""
    return FULL * l1(sos) + sum(l1(shaped(sos, i)) / 2 for i in range(len(sos)))


def response(sos: np.ndarray, w: np.ndarray) -> np.ndarray:
    z = np.exp(-1j * w)
    powers = np.stack([np.ones_like(z), z, z * z])
    return np.prod((sos[:, :3] @ powers) / (sos[:, 3:] @ powers), axis=0)


def grid(sos: np.ndarray) -> np.ndarray:
    """Frequencies over the band, and more of them around each pole, where the response is steep."""
    points = [np.linspace(0, np.pi, GRID), np.geomspace(1e-4, np.pi, GRID // 2)]
    for section in sos:
        for root in np.roots(section[3:]):
            width = max(1 - abs(root), 1e-5)
            points.append(np.clip(abs(np.angle(root)) + width * np.linspace(-3, 3, 61), 0, np.pi))
    return np.unique(np.concatenate(points))
