"""The wavelet transform of lib/dsp against float64, to the error bounds of its header."""

from __future__ import annotations

import numpy as np
import pytest
from dsp_support import Guarded, lib
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from fieldmouse.dsp import dwt, dwt_bands, dwt_energy, dwt_orthonormal, idwt
from fieldmouse.dsp.wavelets import WAVELETS

ROOT3 = np.sqrt(3)
H = {
    "haar": np.array([0, 1, 1, 0]) / np.sqrt(2),
    "d4": np.array([1 + ROOT3, 3 + ROOT3, 3 - ROOT3, 1 - ROOT3]) / (4 * np.sqrt(2)),
}
G = {name: h[::-1] * [1, -1, 1, -1] * (1 if name == "d4" else -1) for name, h in H.items()}
SIZES = [(2, 1), (4, 2), (8, 1), (8, 3), (16, 2), (128, 4), (128, 5), (1024, 6), (1024, 10), (32768, 15)]
ERROR = {"haar": lambda level: 0.5 * level, "d4": lambda level: 2.5 * level}
BACK = {"haar": lambda levels: 2 * levels, "d4": lambda levels: 4 + 6 * levels}


def level_of(n: int, levels: int) -> np.ndarray:
    """The level of each coefficient."""
    return np.concatenate([np.full(n >> levels, levels), *(np.full(n >> k, k) for k in range(levels, 0, -1))])


def exact(x: np.ndarray, wavelet: str, levels: int) -> np.ndarray:
    """The orthonormal transform in float64, the block taken as a circle."""
    a, details = x.astype(np.float64), []
    for _ in range(levels):
        n = len(a)
        taps = (2 * np.arange(n // 2)[:, None] + [-1, 0, 1, 2]) % n
        details.insert(0, a[taps] @ G[wavelet])
        a = a[taps] @ H[wavelet]
    return np.concatenate([a, *details])


def scaled(x: np.ndarray, wavelet: str, levels: int) -> np.ndarray:
    """`exact` at the scale of the header."""
    return exact(x, wavelet, levels) * 2.0 ** (-level_of(len(x), levels) / 2) / (2 if wavelet == "d4" else 1)


def signals(n: int) -> dict[str, np.ndarray]:
    """Full-scale and faint ones, and the signs that make single coefficients largest."""
    generator, t = np.random.default_rng(n), np.arange(n)
    impulse = np.zeros(n)
    impulse[n // 3] = -32768
    return {
        "silence": np.zeros(n),
        "highest": np.full(n, 32767),
        "lowest": np.full(n, -32768),
        "noise": generator.integers(-32768, 32768, n),
        "faint": generator.integers(-400, 400, n),
        "square": np.where(t // 5 % 2, 32767, -32768),
        "fast square": np.where(t % 2, 32767, -32768),
        "impulse": impulse,
        "sweep": np.round(32767 * np.sin(np.pi * t**2 / (2 * n))),
    }


def snr(wanted: np.ndarray, got: np.ndarray) -> float:
    return 10 * np.log10(np.sum(wanted**2.0) / max(np.sum((got - wanted) ** 2.0), 1e-9))


@pytest.mark.parametrize("wavelet", WAVELETS)
@pytest.mark.parametrize(("n", "levels"), SIZES)
def test_every_coefficient_is_within_its_bound(wavelet: str, n: int, levels: int) -> None:
    bound = ERROR[wavelet](level_of(n, levels)) + 1e-6
    for name, x in signals(n).items():
        error = np.abs(dwt(x.astype(int), wavelet, levels) - scaled(x, wavelet, levels))
        assert (error <= bound).all(), (name, float((error - bound).max()))


@pytest.mark.parametrize("wavelet", WAVELETS)
@pytest.mark.parametrize(("n", "levels"), [(128, 4), (1024, 6)])
def test_snr_at_full_range(wavelet: str, n: int, levels: int) -> None:
    for name in ("noise", "square", "sweep", "highest"):
        x = signals(n)[name].astype(int)
        coefficients = dwt(x, wavelet, levels)
        assert snr(scaled(x, wavelet, levels), coefficients) >= 76, name
        assert snr(exact(x, wavelet, levels), dwt_orthonormal(coefficients, wavelet, levels)) >= 70, name
        assert snr(x, idwt(coefficients, wavelet, levels)) >= 70, name


@pytest.mark.parametrize("wavelet", WAVELETS)
@pytest.mark.parametrize("levels", [1, 2, 5, 10])
def test_the_signs_that_make_a_coefficient_largest_do_not_overflow(wavelet: str, levels: int) -> None:
    n = 1024
    rows = np.array([exact(row, wavelet, levels) for row in np.eye(n)])  # column: the taps of one coefficient
    for column in (0, (n >> levels) - 1, n >> levels, *(n >> k for k in range(levels, 0, -1)), n - 1):
        for side in (1, -1):
            x = np.where(side * rows[:, column] >= 0, 32767, -32768)
            error = np.abs(dwt(x, wavelet, levels) - scaled(x, wavelet, levels))
            assert (error <= ERROR[wavelet](level_of(n, levels)) + 1e-6).all()
            assert np.abs(idwt(dwt(x, wavelet, levels), wavelet, levels) - x).max() <= BACK[wavelet](levels)


blocks = st.sampled_from([2, 4, 8, 16, 32, 64]).flatmap(lambda n: hnp.arrays(np.int16, n))


@settings(max_examples=60, deadline=None)
@given(blocks, st.sampled_from(WAVELETS), st.data())
def test_any_block_comes_back(x: np.ndarray, wavelet: str, data: st.DataObject) -> None:
    levels = data.draw(st.integers(1, len(x).bit_length() - 1))
    coefficients = dwt(x, wavelet, levels)
    error = np.abs(coefficients - scaled(x, wavelet, levels))
    assert (error <= ERROR[wavelet](level_of(len(x), levels)) + 1e-6).all()
    assert np.abs(idwt(coefficients, wavelet, levels).astype(int) - x).max() <= BACK[wavelet](levels)


@settings(max_examples=40, deadline=None)
@given(blocks, st.sampled_from(WAVELETS))
def test_any_coefficients_have_samples_that_saturate(coefficients: np.ndarray, wavelet: str) -> None:
    """One level, which is linear up to the saturation."""
    basis = np.array([exact(row, wavelet, 1) for row in np.eye(len(coefficients))])
    x = basis @ (coefficients * np.sqrt(2) * (2 if wavelet == "d4" else 1))
    assert np.abs(idwt(coefficients, wavelet, 1) - np.clip(x, -32768, 32767)).max() <= 5


def test_a_level_sees_constants_and_ramps_as_daubechies_says() -> None:
    ramp = 40 * np.arange(256) - 5000
    finest = dwt_bands(dwt(ramp, "d4", 1), 1)[1]
    assert np.abs(finest[1:-1]).max() <= 1, "two vanishing moments; the ends see the jump of the circle"
    assert np.abs(dwt_bands(dwt(np.full(64, 12345), "haar", 6), 6)[0] - 12345).max() == 0
    assert np.abs(dwt_bands(dwt(np.full(64, 12345), "d4", 6), 6)[0] - 6173).max() <= 1


@pytest.mark.parametrize("wavelet", WAVELETS)
def test_energies_are_shares_of_the_mean_square(wavelet: str) -> None:
    for n, levels in ((8, 3), (128, 4), (1024, 6)):
        for name, x in signals(n).items():
            coefficients = dwt(x.astype(int), wavelet, levels)
            energy = dwt_energy(coefficients, wavelet, levels)
            gain, level = (2 if wavelet == "d4" else 1), [levels, *range(levels, 0, -1)]
            squares = [
                gain**2 * int((p.astype(np.int64) ** 2).sum()) // len(p) for p in dwt_bands(coefficients, levels)
            ]
            assert energy.tolist() == squares, name
            shares = [float((p**2).sum()) / n for p in dwt_bands(exact(x, wavelet, levels), levels)]
            assert np.isclose(sum(shares), np.mean(x.astype(np.float64) ** 2)), "the reference is orthonormal"
            for got, share, error in zip(energy, shares, map(ERROR[wavelet], level), strict=True):
                assert abs(float(got) - share) <= 2 * gain * error * np.sqrt(share) + (gain * error) ** 2 + 1, name


def test_energy_of_any_coefficients_is_held() -> None:
    lowest = np.full(16, -32768)
    assert dwt_energy(lowest, "d4", 2).tolist() == [2**32 - 1] * 3
    assert dwt_energy(lowest, "haar", 2).tolist() == [2**30] * 3


@pytest.mark.parametrize("wavelet", WAVELETS)
def test_a_tone_lands_in_its_band(wavelet: str) -> None:
    for level in range(1, 6):
        tone = np.round(9000 * np.cos(2 * np.pi * 0.75 / 2**level * np.arange(1024))).astype(int)
        energy = dwt_energy(dwt(tone, wavelet, 5), wavelet, 5)
        assert int(np.argmax(energy)) == 6 - level


@pytest.mark.parametrize("wavelet", WAVELETS)
@pytest.mark.parametrize(("n", "levels"), SIZES)
def test_nothing_beyond_the_output_is_written(wavelet: str, n: int, levels: int) -> None:
    x = signals(n)["noise"].tolist()
    work, out = Guarded("int16_t", x), Guarded("int16_t", count=n)
    assert getattr(lib, f"dsp_dwt_{wavelet}")(work.at, n, levels, out.at)
    work.check()
    coefficients = out.list()
    back, energy = Guarded("int16_t", count=n), Guarded("uint32_t", count=levels + 1)
    assert getattr(lib, f"dsp_dwt_{wavelet}_inverse")(out.at, n, levels, back.at)
    assert getattr(lib, f"dsp_dwt_{wavelet}_energy")(out.at, n, levels, energy.at)
    assert out.list() == coefficients
    back.check()
    energy.check()


@pytest.mark.parametrize("wavelet", WAVELETS)
@pytest.mark.parametrize(
    ("n", "levels"), [(0, 1), (1, 1), (3, 1), (100, 2), (8, 0), (8, 4), (8, 255), (65535, 1), (16, 17)]
)
def test_refusals_write_nothing(wavelet: str, n: int, levels: int) -> None:
    arrays = [Guarded("int16_t", [7] * 8), Guarded("int16_t", [7] * 8), Guarded("uint32_t", [7] * 8)]
    assert not getattr(lib, f"dsp_dwt_{wavelet}")(arrays[0].at, n, levels, arrays[1].at)
    assert not getattr(lib, f"dsp_dwt_{wavelet}_inverse")(arrays[0].at, n, levels, arrays[1].at)
    assert not getattr(lib, f"dsp_dwt_{wavelet}_energy")(arrays[0].at, n, levels, arrays[2].at)
    assert all(array.list() == [7] * 8 for array in arrays)


@pytest.mark.parametrize(
    ("x", "wavelet", "levels", "why"),
    [
        ([1, 2, 3], "haar", 1, "power of two"),
        ([[1, 2], [3, 4]], "haar", 1, "row"),
        ([1.5, 2.5], "haar", 1, "integers"),
        ([40000, 0], "haar", 1, "fit"),
        ([1, 2], "db4", 1, "haar and d4"),
        ([1, 2, 3, 4], "d4", 3, "1 … 2 levels"),
    ],
)
def test_python_says_what_is_wrong(x: list, wavelet: str, levels: int, why: str) -> None:
    for function in (dwt, idwt, dwt_energy):
        with pytest.raises(ValueError, match=why):
            function(x, wavelet, levels)
