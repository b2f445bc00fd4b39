"""Statistics from Python: the device's bits on NumPy arrays, and plain refusals."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest

from fieldmouse import dsp

RANDOM = np.random.default_rng(11)
BLOCK = RANDOM.integers(-3000, 3000, 150).astype(np.int16)
FRAMES = RANDOM.integers(-9000, 9000, (150, 3)).astype(np.int16)


def test_block() -> None:
    said = dsp.stats(BLOCK)
    assert (said.n, said.min, said.max) == (150, BLOCK.min(), BLOCK.max())
    assert said.mean_q4 / 16 == pytest.approx(BLOCK.mean(), abs=1 / 32)
    assert said.sd_q4 == int(16 * BLOCK.std())
    total = int((BLOCK.astype(int) ** 2).sum())
    assert dsp.energy(BLOCK) == (total, int(total - int(BLOCK.sum(dtype=int)) ** 2 / 150))
    assert dsp.crossings(BLOCK) == np.count_nonzero(np.diff(BLOCK >= 0))
    assert dsp.crossings(BLOCK, 100, 60000) == 0
    assert dsp.moments(BLOCK)[1] / 1024 == pytest.approx(1.8, abs=0.2), "a uniform distribution"
    assert dsp.moments([5, 5, 6]) is None


def test_percentile_takes_any_list() -> None:
    percents = [90, 10, 50, *range(0, 101, 5)]
    said = dsp.percentile(BLOCK, percents)
    assert said.dtype == np.int16
    assert said.tolist() == np.percentile(BLOCK, percents, method="inverted_cdf").tolist()


def test_axes() -> None:
    said = dsp.stats3(FRAMES)
    assert said.axis == tuple(dsp.stats(FRAMES[:, axis]) for axis in range(3))
    for axis in range(3):
        assert said.percentile[axis].tolist() == dsp.percentile(FRAMES[:, axis], [10, 25, 50, 75, 90]).tolist()
    matrix = np.cov(FRAMES.T, bias=True)
    assert np.abs(dsp.covariance(FRAMES) - matrix).max() <= 1
    assert np.abs(said.covariance - matrix[[0, 0, 1], [1, 2, 2]]).max() <= 1
    assert dsp.correlation_q15(FRAMES) / 2**15 == pytest.approx(np.corrcoef(FRAMES.T)[[0, 0, 1], [1, 2, 2]], abs=1e-4)
    assert said.sma_q4 == dsp.sma_q4(FRAMES) == round(16 * np.abs(FRAMES.astype(int)).sum() / 150)
    least, middle, most = np.linalg.eigvalsh(matrix)
    planar, line = dsp.planarity_q15(FRAMES)
    assert planar / 2**15 == pytest.approx(1 - 2 * least / (middle + most), abs=1e-4)
    assert line / 2**15 == pytest.approx(1 - (least + middle) / (2 * most), abs=1e-4)


def test_angles_and_sizes() -> None:
    wide = FRAMES.astype(np.float64)
    assert dsp.vector_magnitude(FRAMES).tolist() == np.floor(np.linalg.norm(wide, axis=1)).tolist()
    angle = dsp.atan2_q15(FRAMES[:, 1], FRAMES[:, 0])
    assert np.abs(angle * math.pi / 32768 - np.arctan2(wide[:, 1], wide[:, 0])).max() <= 1e-4
    tilt = dsp.tilt_q15(FRAMES)
    assert np.abs(tilt[:, 0] * math.pi / 32768 - np.arctan2(-wide[:, 0], np.hypot(wide[:, 1], wide[:, 2]))).max() < 2e-4
    assert dsp.isqrt(np.array([0, 2**64 - 1, 99], np.uint64)).tolist() == [0, 2**32 - 1, 9]


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda: dsp.stats([0.5]), "to_q15"),
        (lambda: dsp.stats([40000]), "int16"),
        (lambda: dsp.stats([[1, 2, 3]]), r"shape \(n,\)"),
        (lambda: dsp.stats(np.zeros(0, int)), "1 … 4096"),
        (lambda: dsp.stats(np.zeros(4097, int)), "split"),
        (lambda: dsp.stats3(np.zeros((4, 2), int)), r"shape \(n, 3\)"),
        (lambda: dsp.covariance(np.zeros((4097, 3), int)), "split"),
        (lambda: dsp.percentile([1], [101]), "0 … 100"),
        (lambda: dsp.percentile([1], []), "0 … 100|integers"),
        (lambda: dsp.percentile([1], [0.5]), "integers"),
        (lambda: dsp.crossings([1], 70000), "level"),
        (lambda: dsp.atan2_q15([1, 2], [1]), "one shape"),
    ],
)
def test_refusals(call: Callable[[], object], says: str) -> None:
    with pytest.raises(ValueError, match=says):
        call()
