"""Log-mel frames, MFCC and spectrograms of lib/dsp against float64, to the bounds of their headers."""

from __future__ import annotations

import numpy as np
import pytest
from dsp_support import LIMITS, Guarded, ffi, lib
from hypothesis import example, given, settings
from hypothesis import strategies as st
from scipy.fft import dct as scipy_dct

from fieldmouse import dsp
from fieldmouse.design import bands as design
from fieldmouse.design.dct import dct as design_dct
from fieldmouse.dsp.sound import WINDOWS, c_dct, c_logmel

BANKS = {n: design.mel(16000, n, 32 if n > 128 else 8) for n in (64, 128, 256, 512, 1024)}
SEEN = 2.0**-21  # of the largest sample squared: what a band must hold to be seen
MEDIAN, MOST = 0.03, 0.35


def exact(frames: np.ndarray, bank: design.Bands, window: str = "hann") -> np.ndarray:
    """Energies of bands in float64."""
    mean = LIMITS[f"DSP_LOGMEL_{window.upper()}"] / 2**15
    weights = mean - (1 - mean) * np.cos(2 * np.pi * np.arange(bank.length) / bank.length)
    return (np.abs(np.fft.rfft(frames * weights) / bank.length) ** 2) @ bank.weights.T


def signals(n: int) -> dict[str, np.ndarray]:
    """Frames [many, n] of each kind."""
    rng, t = np.random.default_rng(n), np.arange(n)
    levels, bins = [32767, 9000, 328, 33], np.linspace(1, n / 2 - 1, 30)
    return {
        "sines": np.array([a * np.sin(2 * np.pi * f * t / n + a) for a in levels for f in bins]),
        "sweeps": np.array([a * np.sin(2 * np.pi * (f + n / 8 * t / n) * t / n) for a in levels for f in bins / 2]),
        "noise": np.array([rng.normal(0, a, n) for a in [12000, 3000, 300, 30, 3] for _ in range(20)]),
        "impulses": -32768.0 * np.eye(n)[:: n // 32],
        "square waves": np.where((t // np.arange(1, 40)[:, None]) % 2, -32768.0, 32767.0),
        "a tone at -40 dB": np.array([328 * np.sin(2 * np.pi * f * t / n) for f in np.linspace(1, n / 2 - 1, 100)]),
        "steps": np.where(t < t[:: n // 16, None], -32768.0, 32767.0),
        "one step of the converter": np.array([t % p == 0 for p in range(1, 20)]).astype(np.float64),
    }


@pytest.mark.parametrize("window", WINDOWS)
@pytest.mark.parametrize("n", BANKS)
def test_log_mel(n: int, window: str) -> None:
    bank = BANKS[n]
    for kind, wide in signals(n).items():
        frames = np.clip(np.round(wide), -32768, 32767).astype(np.int16)
        said, energy = dsp.log_mel(frames, bank, window) / 256, exact(frames, bank, window)
        floor = np.abs(frames.astype(np.float64)).max(axis=1, keepdims=True) ** 2 * SEEN
        floor = np.broadcast_to(np.maximum(floor, 1e-30), energy.shape)
        seen = energy >= floor
        assert seen.any(), kind
        error = np.abs(said - np.log2(np.maximum(energy, 1e-30)))[seen]
        assert np.median(error) <= MEDIAN, kind
        assert error.max() <= MOST, kind
        assert np.all((said - np.log2(floor))[~seen] <= MOST), f"{kind}: a band that was not seen stands out"


def test_silence_reads_as_the_least() -> None:
    for n, bank in BANKS.items():
        assert np.all(dsp.log_mel(np.zeros(n, np.int16), bank) == -7680)
        assert np.all(dsp.log_mel(np.full(n, -1, np.int16), bank, "hann")[2:] <= -7000), "a constant has no bands"


@settings(max_examples=40)
@given(st.integers(0, 2**32 - 1), st.integers(0, 14), st.sampled_from([64, 256]))
@example(0, 14, 64)
def test_a_level_moves_every_band_by_the_same(seed: int, down: int, n: int) -> None:
    """Scaling by a power of two is exact, as long as no bit is lost."""
    frame = (
        np.random.default_rng(seed).integers(-1, 2, n)
        if down == 14
        else np.random.default_rng(seed).integers(-(2 ** (14 - down)), 2 ** (14 - down), n)
    )
    if not frame.any():
        return
    low, high = dsp.log_mel(frame, BANKS[n]), dsp.log_mel(frame * 2**down, BANKS[n])
    assert np.array_equal(high.astype(int) - low, np.full(BANKS[n].n, 512 * down))


@pytest.mark.parametrize("n", BANKS)
@pytest.mark.parametrize("level", [-32768, 32767, 0])
def test_nothing_but_the_frame_and_the_bands_is_written(n: int, level: int) -> None:
    bank, (c, keep) = BANKS[n], c_logmel(BANKS[n], "hamming")
    x, logs = Guarded("int16_t", [level] * n), Guarded("int16_t", [7] * bank.n)
    assert lib.dsp_logmel(c, x.at, logs.at)
    x.check()
    frame = Guarded("int16_t", [level] * n)
    assert lib.dsp_logmel(c, frame.at, frame.at)
    assert frame.list()[: bank.n] == logs.list() == dsp.log_mel([level] * n, bank, "hamming").tolist()
    assert keep


def test_what_does_not_fit_is_refused_and_left_alone() -> None:
    (c, keep), (other, keep_too) = c_logmel(BANKS[64], "hann"), c_logmel(BANKS[128], "hann")
    table, keep_table = c_dct(design_dct(9, 9))
    x, out = Guarded("int16_t", [5] * 64), Guarded("int16_t", [7] * 9)
    wrong = [{"rfft": other.rfft}, {"bands": other.bands}, {"mean_q15": 16383}, {"mean_q15": 32769}]
    for change in wrong:
        plan = ffi.new("dsp_logmel_t *", c[0])
        for name, value in change.items():
            setattr(plan, name, value)
        frame, store = ffi.new("dsp_spectrogram_t *"), ffi.new("int16_t[]", 128)
        assert not lib.dsp_logmel_fits(plan)
        assert not lib.dsp_logmel(plan, x.at, out.at)
        assert not lib.dsp_spectrogram_init(frame, plan, store, 16, 0, 0)
    assert not lib.dsp_mfcc(c, table, x.at, out.at)
    assert (x.list(), out.list()) == ([5] * 64, [7] * 9)
    assert keep and keep_too and keep_table is not None


# ---- MFCC ----


@pytest.mark.parametrize("n", [256, 512])
def test_mfcc(n: int) -> None:
    bank, table = BANKS[n], design_dct(32, 13)
    frames = np.round(
        np.random.default_rng(1).normal(0, 1, (40, n)) * 2.0 ** np.arange(0, 13.3, 1 / 3)[:, None]
    ).astype(np.int16)
    frames = frames[np.abs(frames).max(axis=1) > 10]
    said = dsp.mfcc(frames, bank, table) / 2**7
    error = np.abs(said - scipy_dct(np.log2(exact(frames, bank)), norm="ortho")[:, :13])
    assert np.median(error) <= MEDIAN
    assert error.max() <= MOST
    assert np.array_equal(dsp.mfcc(frames, bank, table), dsp.dct(dsp.log_mel(frames, bank), table))


# ---- spectrogram ----


def reference(x: np.ndarray, bank: design.Bands, hop: int, gate: int, level: str) -> tuple[np.ndarray, np.ndarray]:
    """The spectrogram from single frames."""
    starts = range(0, len(x) - bank.length + 1, hop)
    rows = np.array([dsp.log_mel(x[s : s + bank.length], bank) for s in starts], np.int64).reshape(-1, bank.n)
    rows = np.maximum(rows, gate)
    off = {
        "plain": np.zeros(len(rows), int),
        "mean": rows.sum(axis=1) // bank.n,
        "peak": rows.max(axis=1, initial=-9999),
    }[level]
    return rows - off[:, None], np.all(rows == gate, axis=1)


@settings(max_examples=40)
@given(
    st.integers(0, 500),
    st.integers(1, 64),
    st.integers(-9000, 9000).map(lambda g: max(-8192, min(8191, g))),
    st.sampled_from(["plain", "mean", "peak"]),
    st.integers(0, 99),
)
@example(500, 64, 0, "mean", 1)
@example(63, 1, 0, "mean", 1)
def test_spectrogram(length: int, hop: int, gate: int, level: str, seed: int) -> None:
    rng = np.random.default_rng(seed)
    x = np.round(rng.normal(0, 2000, length) * (rng.random(length // 50 + 1).repeat(50)[:length] > 0.5)).astype(
        np.int16
    )
    said, silent = dsp.spectrogram(x, BANKS[64], hop, gate_q8=gate, level=level)
    expected, quiet = reference(x, BANKS[64], hop, gate, level)
    assert np.array_equal(said, expected)
    assert np.array_equal(silent, quiet)
    assert np.all(said[silent] == (gate if level == "plain" else 0))


def test_the_gate_is_a_floor_to_the_step() -> None:
    x = np.random.default_rng(5).integers(-300, 300, 64, dtype=np.int16)
    logs = dsp.log_mel(x, BANKS[64])
    for gate in sorted({int(v) + step for v in logs for step in (-1, 0, 1)}):
        said, silent = dsp.spectrogram(x, BANKS[64], 64, gate_q8=gate)
        assert np.array_equal(said[0], np.maximum(logs, gate))
        assert silent[0] == (logs.max() <= gate)


@given(st.lists(st.integers(1, 90), min_size=1, max_size=12))
@settings(max_examples=20)
def test_a_spectrogram_does_not_see_how_samples_come(pieces: list[int]) -> None:
    x = np.random.default_rng(3).integers(-9000, 9000, sum(pieces), dtype=np.int16)
    (c, keep), store, work = c_logmel(BANKS[64], "hann"), Guarded("int16_t", [0] * 64), Guarded("int16_t", [0] * 64)
    frame = Guarded("dsp_spectrogram_t")
    assert lib.dsp_spectrogram_init(frame.at, c, store.at, 24, 100, LIMITS["DSP_SPECTROGRAM_MEAN"])
    said, start = [], 0
    for piece in pieces:
        samples = ffi.new("int16_t[]", x[start : start + piece].tolist())
        at, n = ffi.new("const int16_t **", samples), ffi.new("uint16_t *", piece)
        while lib.dsp_spectrogram_push(frame.at, at, n, work.at):
            said.append(work.list()[: BANKS[64].n])
            work.at[5] = 12345  # nothing in it matters between calls
        assert n[0] == 0 and at[0] == samples + piece
        start += piece
        frame.check()
        store.check()
    assert np.array_equal(
        np.array(said).reshape(-1, 8), dsp.spectrogram(x, BANKS[64], 24, gate_q8=100, level="mean")[0]
    )
    assert keep


def test_a_spectrogram_refuses() -> None:
    (c, keep), store = c_logmel(BANKS[64], "hann"), Guarded("int16_t", [3] * 64)
    frame, samples, work = Guarded("dsp_spectrogram_t"), ffi.new("int16_t[]", 200), Guarded("int16_t", [7] * 64)
    for hop, level in ((0, 0), (65, 0), (65535, 0), (16, 3), (16, 255)):
        assert not lib.dsp_spectrogram_init(frame.at, c, store.at, hop, 0, level)
        at, n = ffi.new("const int16_t **", samples), ffi.new("uint16_t *", 200)
        assert not lib.dsp_spectrogram_push(frame.at, at, n, work.at)
        assert n[0] == 0
    for gate, held in ((-32768, -8192), (32767, 8191), (5, 5)):
        assert lib.dsp_spectrogram_init(frame.at, c, store.at, 64, gate, 0)
        assert frame.at.gate_q8 == held
    assert work.list() == [7] * 64
    assert keep


def test_python_refuses_what_the_device_has_not() -> None:
    bank, x = BANKS[64], np.zeros(64, np.int16)
    for call, said in [
        (lambda: dsp.log_mel(x[:63], bank), r"\(…, 64\)"),
        (lambda: dsp.log_mel(x.astype(float), bank), "must be integers"),
        (lambda: dsp.log_mel(x, bank, "kaiser"), "there are hann"),
        (lambda: dsp.mfcc(x, bank, design_dct(9, 9)), "as many"),
        (lambda: dsp.log_mel(np.zeros(2048, np.int16), design.mel(16000, 2048, 8)), "2048"),
        (lambda: dsp.spectrogram(x, bank, 0), "hop"),
        (lambda: dsp.spectrogram(x, bank, 65), "hop"),
        (lambda: dsp.spectrogram(x, bank, 8, gate_q8=9999), "gate_q8"),
        (lambda: dsp.spectrogram(x, bank, 8, level="median"), "there are plain"),
        (lambda: dsp.spectrogram(x[None], bank, 8), "one signal"),
    ]:
        with pytest.raises(ValueError, match=said):
            call()
