"""The jobs, and what is right in each: NumPy and SciPy in float64."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy import signal

from bench.dsp import signals
from orchestrator.bench.contract import Case, Verdict
from orchestrator.bench.measure import signal_to_noise

RFFT = (64, 128, 256, 512, 1024)
SAMPLES = 256
LSB = "of int16"

IIR_SOS = signal.butter(4, 0.2, output="sos")  # low-pass, corner at a tenth of the sample rate
FIR_TAPS = signal.firwin(32, 0.25)  # low-pass, corner at an eighth of the sample rate


def spectrum(x: np.ndarray) -> np.ndarray:
    """Bins 0 … N/2 over N, complex, in the unit of the samples."""
    return np.fft.rfft(x.astype(np.float64)) / len(x)


def _case(name: str, title: str, runs: Sequence[np.ndarray], right: Sequence[np.ndarray], unit: str = LSB) -> Case:
    return Case(name, title, unit, [{"x": x} for x in runs], right, signal_to_noise)


def rfft(n: int) -> Case:
    """Real FFT of loud signals."""
    runs = [signals.noise(n), signals.tones(n), signals.sweep(n)]
    return _case(f"rfft-{n}", f"real FFT, {n} points", runs, [spectrum(x) for x in runs])


def rfft_quiet() -> Case:
    """Real FFT of a tone at -40 dB."""
    runs = [signals.tone(256)]
    return _case("rfft-quiet-256", "real FFT, 256 points, of a tone at −40 dB", runs, [spectrum(x) for x in runs])


def iir() -> Case:
    """Fourth-order Butterworth low-pass from rest."""
    runs = [signals.noise(SAMPLES), signals.tones(SAMPLES), signals.sweep(SAMPLES)]
    title = f"4th-order IIR over {SAMPLES} samples"
    return _case("iir-4", title, runs, [signal.sosfilt(IIR_SOS, x.astype(np.float64)) for x in runs])


def fir() -> Case:
    """Low-pass of 32 taps from rest."""
    runs = [signals.noise(SAMPLES), signals.tones(SAMPLES), signals.sweep(SAMPLES)]
    title = f"FIR of {len(FIR_TAPS)} taps over {SAMPLES} samples"
    return _case("fir-32", title, runs, [signal.lfilter(FIR_TAPS, [1.0], x.astype(np.float64)) for x in runs])


# ---- log-mel and MFCC ----

RATE_HZ = 16_000.0
LOW_HZ, HIGH_HZ = 100.0, 8_000.0
BANDS = {256: 24, 512: 32}
CEPSTRA = 13
FLOOR = 2.0**-10  # of a power in int16², so that a band without any has a logarithm


def hz_from_mel(mel: np.ndarray) -> np.ndarray:
    """The mel scale of the Hidden Markov Toolkit, whose formula CMSIS-DSP's scripts and emlearn use as well."""
    return 700.0 * (10.0 ** (mel / 2595.0) - 1.0)


def bank(n: int) -> np.ndarray:
    """Triangles over the bins, (bands, n/2 + 1): 1 at a centre and 0 at the two next to it, in Hz."""
    ends = 2595.0 * np.log10(1.0 + np.array([LOW_HZ, HIGH_HZ]) / 700.0)
    centres = hz_from_mel(np.linspace(*ends, BANDS[n] + 2))
    bins = np.arange(n // 2 + 1) * RATE_HZ / n
    rows = [np.interp(bins, centres[k : k + 3], [0.0, 1.0, 0.0], left=0, right=0) for k in range(BANDS[n])]
    return np.array(rows)


def window(n: int) -> np.ndarray:
    """Hann, periodic."""
    return signal.get_window("hann", n)


def log_mel(x: np.ndarray) -> np.ndarray:
    """log2 of each band's power: of |spectrum|² with the window, in int16²."""
    n = len(x)
    power = np.abs(spectrum(x * window(n))) ** 2
    return np.log2(bank(n) @ power + FLOOR)


def judge_logarithms(answers: Sequence[np.ndarray], right: Sequence[np.ndarray]) -> Verdict:
    """As `signal_to_noise`, with the ratio taken about each run's mean, since an offset of a logarithm says nothing; the
    median error is in the note."""
    found = signal_to_noise([a - w.mean() for a, w in zip(answers, right, strict=True)], [w - w.mean() for w in right])
    median = np.median(np.abs(np.concatenate(answers) - np.concatenate(right)))
    return Verdict(found.snr_db, found.error, note=found.note or f"median error {median:.3f}")


def _voices(n: int) -> list[np.ndarray]:
    return [signals.voice(n, RATE_HZ), signals.voice(n, RATE_HZ, 95.0, 5), signals.noise(n)]


def logmel(n: int) -> Case:
    """Window, FFT, power, bands, logarithm."""
    runs = _voices(n)
    title = f"log-mel frame, {n} points, {BANDS[n]} bands"
    return Case(f"logmel-{n}", title, "in log2", [{"x": x} for x in runs], [log_mel(x) for x in runs], judge_logarithms)


def dct(values: np.ndarray) -> np.ndarray:
    """The first coefficients of an orthonormal DCT-II."""
    from scipy.fft import dct as transform

    return transform(values, type=2, norm="ortho")[:CEPSTRA]


def mfcc() -> Case:
    """A log-mel frame, then the DCT."""
    runs = _voices(256)
    title = f"MFCC, 256 points, {BANDS[256]} bands, {CEPSTRA} coefficients"
    right = [dct(log_mel(x)) for x in runs]
    return Case("mfcc-256", title, "in log2", [{"x": x} for x in runs], right, judge_logarithms)


# ---- statistics and wavelets ----

FRAMES, AXES = 150, 3


def statistics_of(x: np.ndarray, ddof: int = 0) -> np.ndarray:
    """Mean, standard deviation (over n - ddof), root mean square, least and most of each axis, (axes, 5)."""
    x = x.astype(np.float64)
    rows = [x.mean(0), x.std(0, ddof=ddof), np.sqrt((x**2).mean(0)), x.min(0), x.max(0)]
    return np.stack(rows, 1)


def statistics() -> Case:
    """Of three axes of an accelerometer: in mg, and as one of 16 bits over 2 g gives them."""
    runs = [signals.movement(FRAMES), signals.movement(FRAMES, 5) * np.int16(16)]
    title = f"statistics of {FRAMES} × {AXES}"
    return _case("statistics-150x3", title, runs, [statistics_of(x) for x in runs])


DWT_SAMPLES, DWT_LEVELS = 128, 5
ROOT = np.sqrt(3.0)
TAPS = {
    "haar": np.array([1.0, 1.0]) / np.sqrt(2),
    "d4": np.array([1 + ROOT, 3 + ROOT, 3 - ROOT, 1 - ROOT]) / (4 * np.sqrt(2)),  # Daubechies 1988, table 1, N = 2
}


def _level(x: np.ndarray, wavelet: str) -> tuple[np.ndarray, np.ndarray]:
    """Approximations and details of values on a circle, orthonormal."""
    low = TAPS[wavelet]
    high = low[::-1] * (-1.0) ** np.arange(len(low))
    around = np.stack([np.roll(x, len(low) // 2 - 1 - i)[::2] for i in range(len(low))], 1)
    return around @ low, around @ high


def wavelets(x: np.ndarray, wavelet: str) -> np.ndarray:
    """The transform of each axis, (axes, n), as dsp_dwt.h orders and scales it: by 2^(-l/2) at level l, D4 by half of that."""
    rows = []
    for axis in x.T.astype(np.float64):
        parts: list[np.ndarray] = []
        for level in range(1, DWT_LEVELS + 1):
            axis, details = _level(axis, wavelet)
            parts.insert(0, details * 2.0 ** (-level / 2))
        rows.append(np.concatenate([axis * 2.0 ** (-DWT_LEVELS / 2), *parts]) / (2 if wavelet == "d4" else 1))
    return np.array(rows)


def dwt() -> Case:
    """Wavelet transform of three axes of an accelerometer of 16 bits over 2 g."""
    runs = [signals.movement(DWT_SAMPLES, seed) * np.int16(16) for seed in (4, 5)]
    title = f"wavelet transform of {AXES} × {DWT_SAMPLES}, {DWT_LEVELS} levels"
    return _case("dwt-3x128", title, runs, [wavelets(x, "d4") for x in runs])
