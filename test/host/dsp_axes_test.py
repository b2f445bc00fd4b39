"""What three axes have in common, against exact integers and float64: covariance, statistics of frames."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from dsp_signals import SIGNALS, snr_db
from dsp_stats_test import exactly, nearest_rank, sums
from dsp_support import LIMITS, Guarded, ffi, frames, lib
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
    assert all(abs(got - exact) <= 1 for got, exact in zip(covariance(x), exact_covariance(x), strict=True))


@pytest.mark.parametrize("values", HARD)
def test_covariance_against_numpy(values: np.ndarray) -> None:
    exact = np.cov(values.T.astype(np.float64), bias=True)
    assert snr_db([*np.diag(exact), *(exact[a, b] for a, b in PAIRS)], covariance(values)) >= 60


@pytest.mark.parametrize("ends", [(-32768, -32768), (-32768, 32767), (32767, 32767)])
def test_covariance_of_the_longest_at_the_ends(ends: tuple[int, int]) -> None:
    for half in (np.array(ends), np.array(ends[::-1])):
        x = np.repeat(np.stack([half, half, half[::-1]], axis=1), MOST // 2, axis=0)
        assert all(abs(got - exact) <= 1 for got, exact in zip(covariance(x), exact_covariance(x), strict=True))


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
    assert all(abs(got - want) <= 1 for got, want in zip(out.at.covariance, exact, strict=True))
    n, total = len(values), int(np.abs(values.astype(int)).sum())
    assert out.at.sma_q4 == (32 * total + n) // (2 * n)


@given(many)
def test_stats3(values: list[tuple[int, int, int]]) -> None:
    check_stats3(np.array(values))


@pytest.mark.parametrize("values", [*HARD, np.full((MOST, 3), -32768), np.tile([[-32768], [32767]], (MOST // 2, 3))])
def test_stats3_of_hard_signals(values: np.ndarray) -> None:
    check_stats3(values)
