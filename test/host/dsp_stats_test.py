"""Statistics of a block against exact integers and float64 NumPy and SciPy: sums, mean, sd, rms, jerk, crossings, percentiles."""

from __future__ import annotations

import itertools
import math
from fractions import Fraction

import numpy as np
import pytest
import scipy.stats
from dsp_signals import SIGNALS, snr_db
from dsp_support import LIMITS, Guarded, lib, samples
from hypothesis import example, given, settings
from hypothesis import strategies as st

MOST = LIMITS["DSP_SUMS_MAX"]
PERCENTS = (0, 1, 10, 25, 50, 75, 90, 100)
blocks = st.lists(samples, min_size=1, max_size=80)
strides = st.integers(1, 4)


def strided(x: list[int], stride: int) -> Guarded:
    """x with other numbers in between, which must not matter, and none after the last."""
    out = np.full((len(x), stride), -12345)
    out[:, 0] = x
    return Guarded("int16_t", out.reshape(-1)[: (len(x) - 1) * stride + 1].tolist())


def unchanged(block: Guarded, x: list[int], stride: int) -> None:
    assert block.list()[::stride] == list(x)


def sums(x: list[int], stride: int = 1) -> Guarded:
    block, out = strided(x, stride), Guarded("dsp_sums_t")
    lib.dsp_sums(block.at, len(x), stride, out.at)
    unchanged(block, x, stride)
    out.check()
    return out


def stats(x: list[int], stride: int = 1) -> Guarded:
    block, out = strided(x, stride), Guarded("dsp_stats_t")
    lib.dsp_stats(block.at, len(x), stride, out.at)
    unchanged(block, x, stride)
    out.check()
    return out


def percentiles(x: list[int], percents: tuple[int, ...] = PERCENTS, stride: int = 1) -> list[int]:
    block, out = strided(x, stride), Guarded("int16_t", [-21846] * len(percents))
    work, wanted = Guarded("dsp_percentile_t"), Guarded("uint8_t", list(percents))
    lib.dsp_percentile(work.at, block.at, len(x), stride, wanted.at, len(percents), out.at)
    unchanged(block, x, stride)
    work.check()
    return out.list()


def nearest_rank(x: list[int], percents: tuple[int, ...] = PERCENTS) -> list[int]:
    return np.percentile(x, percents, method="inverted_cdf").astype(int).tolist()


def crossings(x: list[int], level: float | Fraction = 0) -> int:
    above = [value >= level for value in x]
    return sum(a != b for a, b in itertools.pairwise(above))


def exactly(x: list[int], said: Guarded, figures: Guarded) -> None:
    """Everything of dsp_sums_t and dsp_stats_t, in exact integers."""
    n, total, energy = len(x), sum(x), sum(v * v for v in x)
    steps = sum(abs(b - a) for a, b in itertools.pairwise(x))
    assert (said.at.n, said.at.sum, said.at.energy) == (n, total, energy)
    assert (said.at.min, said.at.max) == (min(x), max(x))
    assert (said.at.magnitude, said.at.jerk) == (sum(map(abs, x)), steps)
    got, spread = figures.at, n * energy - total * total
    assert (got.n, got.min, got.max) == (n, min(x), max(x))
    assert got.mean_q4 == (32 * total + n) // (2 * n)
    assert got.sd_q4 == math.isqrt(256 * spread) // n == math.isqrt(256 * spread // n**2)
    assert got.rms_q4 == math.isqrt(256 * energy // n)
    assert got.jerk_q4 == ((32 * steps + n - 1) // (2 * (n - 1)) if n > 1 else 0)
    assert got.mean_crossings == crossings(x, Fraction(total, n))
    assert lib.dsp_stats_level(said.at, got.mean_q4) == math.ceil(Fraction(total, n))
    assert lib.dsp_stats_ac_energy(said.at) == spread // n


@given(blocks, strides)
@example([-32768] * 3, 1)
@example([32767, -32768] * 30, 2)
@example([5], 3)
@example([-1, 0, 0], 1)
def test_stats_are_exact(x: list[int], stride: int) -> None:
    exactly(x, sums(x, stride), stats(x, stride))


@pytest.mark.parametrize("x", [[-32768] * MOST, [32767] * MOST, [-32768, 32767] * (MOST // 2), list(range(MOST))])
def test_stats_at_the_longest(x: list[int]) -> None:
    exactly(x, sums(x), stats(x))
    assert percentiles(x) == nearest_rank(x)


@pytest.mark.parametrize("name", SIGNALS)
def test_stats_against_float64(name: str) -> None:
    x = SIGNALS[name]
    got, wave = stats(x.tolist()).at, x.astype(np.float64)
    exact = [np.mean(wave), np.std(wave), np.sqrt(np.mean(wave**2)), np.abs(np.diff(wave)).mean()]
    said = np.array([got.mean_q4, got.sd_q4, got.rms_q4, got.jerk_q4]) / 16
    assert np.all(np.abs(said - exact) <= [1 / 32, 1 / 16, 1 / 16, 1 / 32]), "the bounds of the header"
    assert snr_db(exact, said) >= 60
    assert [got.min, got.max] == [x.min(), x.max()]
    assert percentiles(x.tolist()) == nearest_rank(x.tolist())


def test_stats_of_nothing_and_of_too_much() -> None:
    for said in (sums([1, 2, 3]), stats([1, 2, 3])):
        assert said.at.n == 3
    empty, figures, out = Guarded("dsp_sums_t"), Guarded("dsp_stats_t"), Guarded("int16_t", [7] * 3)
    block = Guarded("int16_t", [9])
    lib.dsp_sums(block.at, 0, 1, empty.at)
    lib.dsp_stats(block.at, 0, 0, figures.at)
    assert [getattr(empty.at, f) for f in ("n", "sum", "energy", "magnitude", "jerk", "min", "max")] == [0] * 7
    assert [getattr(figures.at, f) for f in ("n", "mean_q4", "sd_q4", "rms_q4", "jerk_q4", "min", "max")] == [0] * 7
    assert figures.at.mean_crossings == lib.dsp_crossings(block.at, 0, 1, 0, 0) == 0
    assert lib.dsp_stats_level(empty.at, 0) == lib.dsp_stats_ac_energy(empty.at) == 0
    lib.dsp_percentile(Guarded("dsp_percentile_t").at, block.at, 0, 1, Guarded("uint8_t", [1, 2, 3]).at, 3, out.at)
    assert out.list() == [0, 0, 0]
    long = [*range(MOST), *[-9] * 100]
    assert sums(long).at.n == MOST
    assert percentiles(long, (0, 100)) == [0, MOST - 1]


# ---- range and crossings ----


@given(blocks, strides)
def test_range(x: list[int], stride: int) -> None:
    block, out = strided(x, stride), Guarded("int16_t", [0, 0])
    assert lib.dsp_range(block.at, len(x), stride, out.at) == max(x) - min(x)
    assert out.list() == [min(x), max(x)]


def with_hysteresis(x: list[int], level: int, band: int) -> int:
    above, count = x[0] >= level, 0
    for value in x:
        if (above and value < level - band) or (not above and value >= level + band):
            above, count = not above, count + 1
    return count


@given(blocks, strides, samples, st.integers(0, 65535) | st.integers(0, 300))
@example([-32768, 32767] * 4, 1, 0, 32767)
@example([-32768, 32767] * 4, 1, 0, 32768)
def test_crossings(x: list[int], stride: int, level: int, band: int) -> None:
    block = strided(x, stride)
    assert lib.dsp_crossings(block.at, len(x), stride, level, 0) == crossings(x, level)
    assert lib.dsp_crossings(block.at, len(x), stride, level, band) == with_hysteresis(x, level, band)


# ---- percentiles ----


@settings(max_examples=200)
@given(st.lists(samples | st.integers(-3, 3) | st.integers(100, 300), min_size=1, max_size=200), strides)
@example([7] * 200, 1)
@example([-32768, 32767], 1)
@example([*[0] * 70, *[1] * 70, 32767], 1)  # more in a bin than fit
def test_percentiles_are_samples_by_nearest_rank(x: list[int], stride: int) -> None:
    assert percentiles(x, stride=stride) == nearest_rank(x)


@pytest.mark.parametrize("seed", range(8))
def test_percentiles_of_crowds(seed: int) -> None:
    """A few far samples squeeze all others into one bin, and that bin's samples into one bin of its own."""
    generator = np.random.default_rng(seed)
    x = np.concatenate([generator.integers(-(4**seed) // 2, 4**seed // 2 + 1, 700), [-32768, 32767]])
    x = generator.permutation(x)
    assert percentiles(x.tolist()) == nearest_rank(x.tolist())


def test_percentile_rank_of_everything() -> None:
    for n in range(1, MOST + 1):
        assert [lib.dsp_percentile_rank(n, p) for p in range(101)] == [max(1, -(-n * p // 100)) - 1 for p in range(101)]


@given(st.integers(0, 65535), st.integers(0, 255))
def test_percentile_rank_holds(n: int, percent: int) -> None:
    assert lib.dsp_percentile_rank(n, percent) == lib.dsp_percentile_rank(min(n, MOST), min(percent, 100)) < max(n, 1)


def test_percentile_holds_its_list() -> None:
    x = list(range(1, 101))
    assert percentiles(x, (50, 10, 200)) == [50, 50, 100], "falling counts as the one before"
    out = Guarded("int16_t", [0] * 8)
    lib.dsp_percentile(
        Guarded("dsp_percentile_t").at, strided(x, 1).at, 100, 1, Guarded("uint8_t", [3] * 20).at, 20, out.at
    )
    assert out.list() == [3] * 8
    assert percentiles([3, 1, 2], (50,)) == [lib.dsp_median(Guarded("int16_t", [3, 1, 2]).at, 3)]


# ---- moments ----


def moments(x: list[int], stride: int = 1) -> tuple[bool, float, float]:
    block, out = strided(x, stride), Guarded("dsp_moments_t")
    known = lib.dsp_moments(block.at, len(x), stride, out.at)
    out.check()
    unchanged(block, x, stride)
    return known, out.at.skewness_q10 / 1024, out.at.kurtosis_q10 / 1024


def moments_are_within(x: list[int], stride: int = 1) -> None:
    known, *said = moments(x, stride)
    assert known == (np.std(x) >= 1)
    exact = [scipy.stats.skew(x), scipy.stats.kurtosis(x, fisher=False)] if known else [0, 0]
    assert np.all(np.abs(np.array(said) - exact) <= 0.003 + 0.001 * np.abs(exact)), (said, exact)


@given(st.lists(samples | st.integers(-3, 3), min_size=1, max_size=80), strides)
@example([0, 1] * 20, 1)
@example([0, 2] * 20, 1)
def test_moments(x: list[int], stride: int) -> None:
    moments_are_within(x, stride)


@pytest.mark.parametrize("name", SIGNALS)
def test_moments_of_signals(name: str) -> None:
    moments_are_within(SIGNALS[name].tolist())


@pytest.mark.parametrize("far", [32767, 100, 5])
def test_moments_of_one_far_sample_in_the_longest(far: int) -> None:
    moments_are_within([0] * (MOST - 1) + [far])
    moments_are_within([-1, 1] * (MOST // 2 - 1) + [-far, far])


@pytest.mark.parametrize("seed", range(40))
def test_moments_of_long_and_heavy_tails(seed: int) -> None:
    generator = np.random.default_rng(seed)
    n, spread = int(generator.integers(2, MOST + 1)), generator.integers(1, 9000)
    for wave in (generator.standard_t(2, n) * spread, generator.exponential(spread, n) - 20000):
        moments_are_within(np.clip(wave, -32768, 32767).astype(int).tolist())


# ---- roots ----


def test_isqrt64_where_it_changes() -> None:
    generator = np.random.default_rng(4)
    roots = [
        *range(1, 300),
        *(2**k + d for k in range(2, 32) for d in (-1, 0, 1)),
        *generator.integers(1, 2**32, 20000),
    ]
    for root in map(int, roots):
        for value in (root * root - 1, root * root, root * root + 2 * root):
            assert lib.dsp_isqrt64(value) == math.isqrt(value)
    assert lib.dsp_isqrt64(2**64 - 1) == 2**32 - 1


@given(st.integers(0, 2**64 - 1))
def test_isqrt64_of_any_value(value: int) -> None:
    assert lib.dsp_isqrt64(value) == math.isqrt(value)
