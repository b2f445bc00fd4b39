"""The signals of the cases: int16, the same for every engine, loud ones at most 23,170 in size.

23,170 is 2¹⁵/√2: up to there no stage of a Q15 FFT that halves can overflow, neither ours nor CMSIS-DSP's.
"""

from __future__ import annotations

import numpy as np

LOUD = 23_170
QUIET = 328  # -40 dB of full scale
SEED = 4


def _int16(values: np.ndarray) -> np.ndarray:
    return np.round(values).astype(np.int16)


def noise(n: int, peak: int = LOUD, seed: int = SEED) -> np.ndarray:
    """White noise, uniform, n samples."""
    return _int16(np.random.default_rng(seed).uniform(-peak, peak, n))


def tones(n: int, peak: int = LOUD) -> np.ndarray:
    """Three tones between the bins of an FFT, the third 26 dB below the first."""
    t = np.arange(n) / n
    shape = [
        a * np.sin(2 * np.pi * f * n / 256 * t + p) for a, f, p in ((1, 9.3, 0.1), (0.5, 40.7, 1.0), (0.05, 93.4, 2.0))
    ]
    mixed = np.sum(shape, axis=0)
    return _int16(peak * mixed / np.abs(mixed).max())


def sweep(n: int, peak: int = LOUD) -> np.ndarray:
    """A sine from 0 to a half of the sample rate."""
    t = np.arange(n)
    return _int16(peak * np.sin(np.pi * t**2 / (2 * n)))


def tone(n: int, peak: int = QUIET) -> np.ndarray:
    """One tone between two bins."""
    return _int16(peak * np.sin(2 * np.pi * 0.0791 * np.arange(n) + 0.3))


def voice(n: int, rate: float, pitch_hz: float = 140.0, seed: int = SEED) -> np.ndarray:
    """Like a vowel: harmonics that fall by 9 dB an octave with two formants, over noise 40 dB below."""
    t = np.arange(n) / rate
    wave = np.random.default_rng(seed).normal(0, 0.01, n)
    for k in range(1, int(rate / 2 / pitch_hz)):
        f = k * pitch_hz
        formants = 1 + 3 * np.exp(-(((f - 700) / 150) ** 2)) + 2 * np.exp(-(((f - 2200) / 250) ** 2))
        wave += formants * k**-1.5 * np.cos(2 * np.pi * f * t + k * k)
    return _int16(LOUD * wave / np.abs(wave).max())


def movement(n: int, seed: int = SEED) -> np.ndarray:
    """Three axes of an accelerometer in mg, n frames: gravity, a gait and noise. Shape (n, 3)."""
    t = np.arange(n) / 50.0
    random = np.random.default_rng(seed)
    gait = np.stack([np.sin(2 * np.pi * 1.8 * t + p) + 0.4 * np.sin(2 * np.pi * 3.6 * t + 2 * p) for p in (0, 1, 2)], 1)
    still = np.array([120.0, -340.0, 910.0])
    return _int16(still + gait * [260, 410, 330] + random.normal(0, 40, (n, 3)))
