"""Windows, real FFT, power and magnitude against float64 NumPy and SciPy: signal to noise, absolute error, edges, properties."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest
from dsp_support import LIMITS, Guarded, ffi, lib
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from scipy.signal import chirp, get_window

from fieldmouse.design import twiddles
from fieldmouse.design.twiddles import LENGTHS
from fieldmouse.dsp import hamming_q15, hann_q15, magnitude, power, rfft_block_q15, rfft_q15
from fieldmouse.dsp.library import DSP, INCLUDE
from orchestrator.emulator.unicorn.bare import link

SAFE = LIMITS["DSP_RFFT_SAFE"]
MEASURED, MEASURED_HALVED = 2.5, 4.5  # the absolute errors that dsp_rfft.h states
FLOOR = {32: 66, 64: 64, 128: 62, 256: 60, 512: 57, 1024: 54}  # dB, signals that fill the range of SAFE
ROWS = 40


def signals(n: int, peak: int) -> dict[str, np.ndarray]:
    """Rows of n samples up to `peak`: sweeps from many frequencies to many others, tones, noise."""
    generator = np.random.default_rng(n)
    t = np.arange(n)
    ends = generator.uniform(0, 0.5, (ROWS, 2))
    phases = generator.uniform(0, 360, ROWS)
    sweeps = [chirp(t, f0, n, f1, phi=phi) for (f0, f1), phi in zip(ends, phases, strict=True)]
    tones = np.sin(2 * np.pi * np.outer(np.linspace(0.01, 0.49, ROWS), t))
    noise = generator.uniform(-1, 1, (ROWS, n))
    return {
        name: np.round(peak * np.asarray(x)).astype(np.int16)
        for name, x in {"sweeps": sweeps, "tones": tones, "noise": noise}.items()
    }


def square_waves(n: int) -> np.ndarray:
    """Full scale, at frequencies and phases that drive each bin hardest."""
    generator = np.random.default_rng(n)
    angles = 2 * np.pi * np.outer(generator.integers(0, n // 2 + 1, ROWS), np.arange(n)) / n
    return np.where(np.cos(angles + generator.uniform(0, 2 * np.pi, (ROWS, 1))) >= 0, 32767, -32768).astype(np.int16)


def exact(x: np.ndarray) -> np.ndarray:
    return np.fft.rfft(x.astype(np.float64)) / x.shape[-1]


def complex_of(bins: np.ndarray, shift: np.ndarray | int = 0) -> np.ndarray:
    return (bins[..., 0] + 1j * bins[..., 1]) / 2.0 ** np.asarray(shift)[..., np.newaxis]


def snr(said: np.ndarray, wanted: np.ndarray) -> float:
    return float(10 * np.log10(np.sum(np.abs(wanted) ** 2) / np.sum(np.abs(said - wanted) ** 2)))


def worst(said: np.ndarray, wanted: np.ndarray) -> float:
    return float(max(np.abs((said - wanted).real).max(), np.abs((said - wanted).imag).max()))


# ---- real FFT ----


def test_the_tables_are_what_the_design_makes() -> None:
    assert twiddles.FILE.read_text(encoding="utf-8") == twiddles.c()


@pytest.mark.parametrize("n", LENGTHS)
@pytest.mark.parametrize("kind", ["sweeps", "tones", "noise"])
def test_rfft_of_signals_that_fill_the_range(n: int, kind: str) -> None:
    x = signals(n, SAFE)[kind]
    said, wanted = complex_of(rfft_q15(x)), exact(x)
    assert snr(said, wanted) >= FLOOR[n]
    assert worst(said, wanted) <= MEASURED


@pytest.mark.parametrize("n", LENGTHS)
def test_rfft_of_full_scale_never_wraps(n: int) -> None:
    for x in [*signals(n, 32767).values(), square_waves(n)]:
        assert worst(complex_of(rfft_q15(x)), exact(x)) <= MEASURED_HALVED


@pytest.mark.parametrize("n", LENGTHS)
@pytest.mark.parametrize("value", [-32768, -SAFE - 1, -SAFE, -1, 0, 1, SAFE, SAFE + 1, 32767])
def test_rfft_of_a_constant_and_of_the_fastest_square_wave(n: int, value: int) -> None:
    constant = np.full(n, value, np.int16)
    alternating = np.where(np.arange(n) % 2 == 0, value, -value - 1).astype(np.int16)
    for x in (constant, alternating):
        assert worst(complex_of(rfft_q15(x)), exact(x)) <= MEASURED_HALVED
    if value == 0:
        assert not rfft_q15(constant).any(), "silence stays silence"


@pytest.mark.parametrize("n", LENGTHS)
def test_rfft_of_an_impulse_anywhere(n: int) -> None:
    for x in (np.eye(n, dtype=np.int16) * 32767, np.eye(n, dtype=np.int16) * -32768):
        assert worst(complex_of(rfft_q15(x)), exact(x)) <= MEASURED_HALVED
        bins, shift = rfft_block_q15(x)
        assert worst(complex_of(bins, shift), exact(x)) <= MEASURED_HALVED


@pytest.mark.parametrize("n", LENGTHS)
def test_rfft_of_a_tone_40_db_down_through_the_block(n: int) -> None:
    x = signals(n, round(32767 / 100))["tones"]
    bins, shift = rfft_block_q15(x)
    assert snr(complex_of(bins, shift), exact(x)) >= 55
    assert set(shift.tolist()) == {6}


@pytest.mark.parametrize("peak", [1, 3, 100, 1000, 8191, SAFE, 32767])
def test_rfft_of_a_block_at_any_level(peak: int) -> None:
    x = signals(256, peak)["tones"]
    bins, shift = rfft_block_q15(x)
    assert snr(complex_of(bins, shift), exact(x)) >= 55
    assert shift.max() == 15 - int(np.abs(x).max()).bit_length() or peak == 32767


def test_the_shift_of_a_block() -> None:
    assert rfft_block_q15(np.zeros(32, np.int16))[1] == 15
    assert rfft_block_q15(np.full(32, -1))[1] == 14, "as many bits as -1 has, and one lost: full scale"
    assert rfft_block_q15(np.full(32, -32768))[1] == -1
    assert rfft_block_q15(np.full(32, SAFE))[1] == 0


@settings(max_examples=30, deadline=None)
@given(arrays.arrays(np.int16, 64, elements=st.integers(-200, 200)), st.integers(0, 7))
def test_a_block_is_the_same_at_any_level(x: np.ndarray, bits: int) -> None:
    bins, shift = rfft_block_q15(x)
    louder, less = rfft_block_q15(x << bits)
    assert (bins == louder).all()
    assert less == shift - bits or not x.any()


blocks = arrays.arrays(np.int16, 128, elements=st.integers(-11581, 11581))


@settings(max_examples=30, deadline=None)
@given(blocks, blocks)
def test_rfft_is_linear(x: np.ndarray, y: np.ndarray) -> None:
    both = rfft_q15(x).astype(np.int32) + rfft_q15(y)
    assert np.abs(both - rfft_q15(x + y)).max() <= 3 * MEASURED


@settings(max_examples=60, deadline=None)
@given(arrays.arrays(np.int16, 32, elements=st.sampled_from([-32768, -SAFE - 1, -SAFE, 0, SAFE, SAFE + 1, 32767])))
def test_rfft_of_extremes_in_any_order(x: np.ndarray) -> None:
    assert worst(complex_of(rfft_q15(x)), exact(x)) <= MEASURED_HALVED
    bins, shift = rfft_block_q15(x)
    assert worst(complex_of(bins, shift), exact(x)) <= MEASURED_HALVED


@pytest.mark.parametrize("n", LENGTHS)
@pytest.mark.parametrize("function", ["dsp_rfft_q15", "dsp_rfft_block_q15", "dsp_window_hann", "dsp_window_hamming"])
def test_nothing_beyond_the_block_is_written_and_any_even_address_will_do(n: int, function: str) -> None:
    noise = np.random.default_rng(n).integers(-32768, 32768, n)
    plan = ffi.addressof(lib, f"dsp_rfft_{n}")
    for values in (noise.tolist(), (noise // 256).tolist(), [-32768] * n):  # as it is, raised, halved
        even, odd = Guarded("int16_t", values), Guarded("int16_t", [77, *values, 77])
        getattr(lib, function)(plan, even.at)
        getattr(lib, function)(plan, odd.at + 1)
        assert odd.list() == [77, *even.list(), 77]


def test_an_image_keeps_only_the_tables_of_its_length(tmp_path: Path) -> None:
    if shutil.which("arm-none-eabi-gcc") is None:
        pytest.skip("needs arm-none-eabi-gcc")
    sources = [*DSP.glob("dsp_rfft*.c"), *DSP.glob("dsp_rfft*.S")]
    options = ["-Os", "-std=c99", *(f"-I{folder}" for folder in INCLUDE)]
    elf = link(tmp_path / "one.elf", "cortex-m0plus", sources, options, ["dsp_rfft_q15", "dsp_rfft_256"])
    symbols = subprocess.run(["arm-none-eabi-nm", elf], capture_output=True, text=True, check=True).stdout.split()
    kept = {name for name in symbols if name.startswith(("quad_", "split_", "dsp_rfft_block", "dsp_rfft_raise"))}
    assert kept == {"quad_8", "quad_32", "split_256"}
    assert twiddles.quad(8).nbytes + twiddles.quad(32).nbytes + twiddles.split(256).nbytes <= 1024


# ---- windows ----


@pytest.mark.parametrize("n", LENGTHS)
@pytest.mark.parametrize(("window", "name", "bound"), [(hann_q15, "hann", 1.0), (hamming_q15, "hamming", 1.6)])
def test_windows(n: int, window: object, name: str, bound: float) -> None:
    weights = get_window(name, n)
    generator = np.random.default_rng(n)
    for x in (np.full(n, 32767), np.full(n, -32768), generator.integers(-32768, 32768, n), np.zeros(n, int)):
        said = window(x)
        assert np.abs(said - x * weights).max() < bound
        assert said[n // 2] == x[n // 2]


# ---- power and magnitude ----


@pytest.mark.parametrize("n", [2, 32, 1024])
def test_power_and_magnitude(n: int) -> None:
    generator = np.random.default_rng(n)
    for packed in (generator.integers(-32768, 32768, n), np.full(n, -32768), np.zeros(n, int)):
        pairs = np.concatenate([packed[2:].reshape(-1, 2), [[packed[1], 0]]])
        squares = np.concatenate([[packed[0] ** 2], (pairs.astype(np.int64) ** 2).sum(axis=1)])
        x = Guarded("int16_t", packed.tolist())
        powers, magnitudes = Guarded("uint32_t", count=n // 2 + 1), Guarded("uint16_t", count=n // 2 + 1)
        lib.dsp_power(x.at, n, powers.at)
        lib.dsp_power_magnitude(x.at, n, magnitudes.at)
        assert powers.list() == squares.tolist()
        assert magnitudes.list() == np.floor(np.sqrt(squares)).astype(int).tolist()
        assert x.list() == packed.tolist()


# ---- Python ----


def test_shapes() -> None:
    x = signals(64, 1000)["noise"].reshape(4, 10, 64)
    bins = rfft_q15(x)
    assert (bins.shape, bins.dtype) == ((4, 10, 33, 2), np.int16)
    assert (rfft_q15(x[3, 7]) == bins[3, 7]).all()
    scaled, shift = rfft_block_q15(x)
    assert (scaled.shape, shift.shape, shift.dtype) == ((4, 10, 33, 2), (4, 10), np.int8)
    assert (power(bins).shape, power(bins).dtype) == ((4, 10, 33), np.uint32)
    assert (power(bins) == (bins.astype(np.int64) ** 2).sum(axis=-1)).all()
    assert (magnitude(bins).shape, magnitude(bins).dtype) == ((4, 10, 33), np.uint16)
    assert (magnitude(bins) == np.sqrt(power(bins)).astype(int)).all()
    assert hann_q15(x).shape == hamming_q15(x).shape == x.shape
    assert rfft_q15(np.zeros((0, 32), np.int16)).shape == (0, 17, 2)


@pytest.mark.parametrize("function", [rfft_q15, rfft_block_q15, hann_q15, hamming_q15])
@pytest.mark.parametrize(
    ("x", "why"),
    [
        (np.zeros(100, np.int16), "not 100"),
        (np.zeros(0, np.int16), "not 0"),
        (np.int16(3), "shape"),
        (np.zeros(64), "to_q15"),
        (np.full(64, 40000), "int16"),
    ],
)
def test_wrong_frames_are_refused(function: object, x: np.ndarray, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        function(x)


@pytest.mark.parametrize("function", [power, magnitude])
@pytest.mark.parametrize(
    ("bins", "why"),
    [
        (np.zeros((33, 3), np.int16), "shape"),
        (np.zeros(2, np.int16), "shape"),
        (np.zeros((1, 2), np.int16), "shape"),
        (np.ones((33, 2), np.int16), "imaginary"),
        (np.zeros((33, 2)), "integers"),
    ],
)
def test_wrong_bins_are_refused(function: object, bins: np.ndarray, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        function(bins)
