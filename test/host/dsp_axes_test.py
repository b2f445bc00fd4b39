"""Three axes together, against exact integers and float64: covariance, planarity, angles, sizes, statistics of frames."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import pytest
from dsp_signals import SIGNALS, snr_db
from dsp_stats_test import exactly, nearest_rank, sums
from dsp_support import LIMITS, Guarded, ffi, frames, lib, samples
from hypothesis import example, given
from hypothesis import strategies as st

MOST = LIMITS["DSP_SUMS_MAX"]
PERCENTS = (10, 25, 50, 75, 90)
PAIRS = ((0, 1), (0, 2), (1, 2))
many = st.lists(frames, min_size=1, max_size=60)
HARD = [
    np.roll(np.stack([SIGNALS[a], SIGNALS[b], SIGNALS[c]], axis=1), 7, axis=0)
    for a, b, c in [
        ("sweep", "noise", "gauss"),
        ("square", "square", "lowest"),
        ("impulse", "silence", "highest"),
        ("gauss", "gauss", "sweep"),
    ]
]


def block(values: np.ndarray) -> tuple[Guarded, object]:
    array = Guarded("int16_t", values.reshape(-1).tolist())
    return array, ffi.cast("int16_t (*)[3]", array.at)


def covariance(values: np.ndarray) -> list[int]:
    array, frame = block(values)
    out = Guarded("int32_t", [0] * 6)
    lib.dsp_covariance(frame, len(values), out.at)
    assert array.list() == values.reshape(-1).tolist()
    return out.list()


def exact_covariance(values: np.ndarray) -> list[Fraction]:
    x = [[int(v) for v in axis] for axis in values.T]
    n = len(values)

    def of(a: int, b: int) -> Fraction:
        return Fraction(n * sum(p * q for p, q in zip(x[a], x[b], strict=True)) - sum(x[a]) * sum(x[b]), n * n)

    return [of(0, 0), of(1, 1), of(2, 2), *(of(a, b) for a, b in PAIRS)]


@given(many)
@example([(-32768, 32767, -32768), (32767, -32768, -32768)] * 20)
@example([(-32768, -32768, -32768)] * 20)
def test_covariance(values: list[tuple[int, int, int]]) -> None:
    x = np.array(values)
    assert all(
        abs(got - exact) <= 0.5 + 1 / len(x) for got, exact in zip(covariance(x), exact_covariance(x), strict=True)
    )


@pytest.mark.parametrize("values", HARD)
def test_covariance_against_numpy(values: np.ndarray) -> None:
    exact = np.cov(values.T.astype(np.float64), bias=True)
    assert snr_db([*np.diag(exact), *(exact[a, b] for a, b in PAIRS)], covariance(values)) >= 60


@pytest.mark.parametrize("ends", [(-32768, -32768), (-32768, 32767), (32767, 32767)])
def test_covariance_of_the_longest_at_the_ends(ends: tuple[int, int]) -> None:
    for half in (np.array(ends), np.array(ends[::-1])):
        x = np.repeat(np.stack([half, half, half[::-1]], axis=1), MOST // 2, axis=0)
        assert all(
            abs(got - exact) <= 0.5 + 1 / len(x) for got, exact in zip(covariance(x), exact_covariance(x), strict=True)
        )


def test_axes_of_nothing() -> None:
    assert covariance(np.zeros((0, 3), int)) == [0] * 6
    out = Guarded("dsp_stats3_t")
    lib.dsp_stats3(block(np.zeros((1, 3), int))[1], 0, Guarded("dsp_percentile_t").at, out.at)
    out.check()
    assert [*out.at.covariance, out.at.sma_q4, *(p for axis in out.at.percentile for p in axis)] == [0] * 19
    figures = ("n", "mean_q4", "sd_q4", "rms_q4", "jerk_q4", "min", "max", "mean_crossings")
    assert [getattr(axis, figure) for axis in out.at.axis for figure in figures] == [0] * 24


def check_stats3(values: np.ndarray) -> None:
    array, frame = block(values)
    out, work = Guarded("dsp_stats3_t"), Guarded("dsp_percentile_t")
    lib.dsp_stats3(frame, len(values), work.at, out.at)
    out.check()
    work.check()
    assert array.list() == values.reshape(-1).tolist()
    for axis in range(3):
        x = values[:, axis].tolist()
        figures = Guarded("dsp_stats_t")
        figures.at[0] = out.at.axis[axis]
        exactly(x, sums(x), figures)
        assert list(out.at.percentile[axis]) == nearest_rank(x, PERCENTS)
    exact = exact_covariance(values)[3:]
    assert all(abs(got - want) <= 0.5 + 1 / len(values) for got, want in zip(out.at.covariance, exact, strict=True))
    n, total = len(values), int(np.abs(values.astype(int)).sum())
    assert out.at.sma_q4 == (32 * total + n) // (2 * n)


@given(many)
def test_stats3(values: list[tuple[int, int, int]]) -> None:
    check_stats3(np.array(values))


@pytest.mark.parametrize("values", [*HARD, np.full((MOST, 3), -32768), np.tile([[-32768], [32767]], (MOST // 2, 3))])
def test_stats3_of_hard_signals(values: np.ndarray) -> None:
    check_stats3(values)


# ---- correlation and planarity ----


@pytest.mark.parametrize("values", HARD)
def test_correlation(values: np.ndarray) -> None:
    c = covariance(values)
    exact = np.cov(values.T.astype(np.float64), bias=True)
    for k, (a, b) in enumerate(PAIRS):
        said = lib.dsp_covariance_correlation_q15(c[3 + k], c[a], c[b]) / 2**15
        sd = np.sqrt(np.diag(exact))[[a, b]].min()
        want = exact[a, b] / math.sqrt(exact[a, a] * exact[b, b]) if sd else 0
        assert abs(said - want) <= 2**-15 + (2 / sd**2 if sd else 0)


@pytest.mark.parametrize(
    ("c", "a", "b", "said"), [(5, 0, 9, 0), (5, 9, -1, 0), (2**30, 2**30, 2**30, 32767), (-8, 16, 16, -(2**14))]
)
def test_correlation_at_its_ends(c: int, a: int, b: int, said: int) -> None:
    assert lib.dsp_covariance_correlation_q15(c, a, b) == said


def eigenvalues(matrix: list[int]) -> tuple[list[int], int]:
    source, out = Guarded("int32_t", matrix), Guarded("int32_t", [0] * 3)
    shift = lib.dsp_planarity_eigenvalues(source.at, out.at)
    assert source.list() == matrix
    return out.list(), shift


int32 = st.integers(-(2**31), 2**31 - 1) | st.integers(-40, 40) | st.sampled_from([-(2**31), 2**31 - 1, 0])


@given(st.lists(int32, min_size=6, max_size=6))
@example([2**31 - 1] * 6)
@example([-(2**31)] * 6)
@example([0] * 6)
@example([-1] * 6)
@example([0, 0, 0, 2**31 - 1, 0, 0])
def test_eigenvalues(matrix: list[int]) -> None:
    check_eigenvalues(matrix)


def test_eigenvalues_of_sizes_that_differ() -> None:
    generator = np.random.default_rng(5)
    for _ in range(2000):
        check_eigenvalues((generator.integers(-(2**31), 2**31, 6) >> generator.integers(0, 28, 6)).tolist())


def check_eigenvalues(matrix: list[int]) -> None:
    said, shift = eigenvalues(matrix)
    xx, yy, zz, xy, xz, yz = matrix
    exact = np.linalg.eigvalsh(np.array([[xx, xy, xz], [xy, yy, yz], [xz, yz, zz]], np.float64))[::-1] * 2.0**shift
    assert np.abs(said - exact).max() <= 32
    largest = max(abs(m) for m in matrix) * 2.0**shift
    assert largest == 0 or 2**28 <= largest < 2**29


@given(many)
@example([(0, 0, 0)] * 3)
@example([(100, -200, 300), (-100, 200, -300)])
@example([(1000, 0, 0), (0, 1000, 0), (0, 0, 1000), (0, 0, 0)])
def test_planarity_is_that_of_its_source(values: list[tuple[int, int, int]]) -> None:
    c = covariance(np.array(values))
    out = Guarded("int32_t", eigenvalues(c)[0])
    said = lib.dsp_planarity_q15(out.at) / 2**15, lib.dsp_planarity_line_q15(out.at) / 2**15
    xx, yy, zz, xy, xz, yz = c
    least, mid, most = np.linalg.eigvalsh(np.array([[xx, xy, xz], [xy, yy, yz], [xz, yz, zz]], np.float64)).clip(0)
    if most == 0:
        assert said == (0, 0)
    else:
        assert said == pytest.approx((1 - 2 * least / (most + mid), 1 - (mid + least) / (2 * most)), abs=2**-14)


# ---- angles and sizes ----


def off(said: int, exact: float) -> float:
    """The difference of two angles, in 2^-15 half turns, whichever way round."""
    return abs((said - exact + 32768) % 65536 - 32768)


def half_turns(y: float, x: float) -> float:
    return math.atan2(y, x) / math.pi * 32768


@given(st.integers(-(2**31), 2**31 - 1) | st.integers(-9, 9), st.integers(-(2**31), 2**31 - 1) | st.integers(-9, 9))
@example(-(2**31), -(2**31))
@example(0, -(2**31))
@example(-(2**31), 0)
@example(1, 2**31 - 1)
def test_atan2(y: int, x: int) -> None:
    assert off(lib.dsp_atan2(y, x), half_turns(y, x)) <= 0.85


def test_atan2_all_around() -> None:
    angles = np.linspace(-math.pi, math.pi, 20011)
    y, x = np.round(1e9 * np.sin(angles)).astype(int), np.round(1e9 * np.cos(angles)).astype(int)
    said = np.array([lib.dsp_atan2(b, a) for b, a in zip(y.tolist(), x.tolist(), strict=True)])
    error = (said - np.arctan2(y, x) / math.pi * 32768 + 32768) % 65536 - 32768
    assert np.abs(error).max() <= 0.85
    assert snr_db(np.arctan2(y, x), np.arctan2(y, x) + error * math.pi / 32768) >= 60


def test_atan2_on_the_axes_is_exact() -> None:
    assert [lib.dsp_atan2(*v) for v in [(0, 0), (0, 7), (7, 0), (0, -7), (-7, 0)]] == [0, 0, 16384, -32768, -16384]
    assert [lib.dsp_atan2(*v) for v in [(7, 7), (7, -7), (-7, -7), (-7, 7)]] == [8192, 24576, -24576, -8192]


@given(frames)
@example((0, 0, 0))
@example((0, 0, -1))
@example((1, 1, 1))
@example((-32768, -32768, -32768))
def test_tilt(frame: tuple[int, int, int]) -> None:
    out, (x, y, z) = Guarded("dsp_tilt_t"), frame
    lib.dsp_tilt(x, y, z, out.at)
    out.check()
    assert off(out.at.pitch, half_turns(-x, math.hypot(y, z))) <= 1.2
    assert off(out.at.roll, half_turns(y, z)) <= 1.2
    assert abs(out.at.inclination - half_turns(math.hypot(x, y), z)) <= 1.2


@given(st.lists(st.tuples(samples, samples, samples), max_size=20))
@example([(-32768, -32768, -32768)])
def test_magnitude_and_area(values: list[tuple[int, int, int]]) -> None:
    array, frame = block(np.array(values, int).reshape(-1, 3))
    out, n = Guarded("uint16_t", [7] * len(values)), len(values)
    lib.dsp_magnitude_block(frame, n, out.at)
    assert out.list() == [math.isqrt(x * x + y * y + z * z) for x, y, z in values]
    total = sum(abs(value) for frame in values for value in frame)
    assert lib.dsp_sma_q4(frame, n) == ((32 * total + n) // (2 * n) if n else 0)
    assert array.count == 3 * n
