"""Sums of products, autocorrelation and period of lib/dsp against exact integers and float64."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from dsp_support import Guarded, lib, samples
from hypothesis import example, given, settings
from hypothesis import strategies as st

from fieldmouse.dsp import Period, autocorrelation, autocorrelation_q15, period, period_of

rows = st.lists(samples, min_size=1, max_size=40)
STEPS = 3  # of Q15: the bound of dsp_autocorr_q15


def exact_sums(x: np.ndarray, lags: int) -> list[int]:
    x = x.astype(np.int64)
    return [int(x[lag:] @ x[: len(x) - lag]) if lag < len(x) else 0 for lag in range(lags)]


def exact_rho(x: np.ndarray, first: int, count: int) -> np.ndarray:
    out, x = np.zeros(count), x.astype(np.float64)
    for i, lag in enumerate(range(first, first + count)):
        if lag < len(x):
            head, tail = x[: len(x) - lag], x[lag:]
            energy = np.sqrt(head @ head) * np.sqrt(tail @ tail)
            out[i] = head @ tail / energy if energy else 0
    return out


def signals(n: int) -> dict[str, np.ndarray]:
    generator, t = np.random.default_rng(n), np.arange(n)
    return {
        "silence": np.zeros(n, int),
        "lowest": np.full(n, -32768),
        "noise": generator.integers(-32768, 32768, n),
        "faint": generator.integers(-3, 4, n),
        "square": np.where(t // 7 % 2, 32767, -32768),
        "sine": np.round(32767 * np.sin(2 * np.pi * t / 37.3)).astype(int),
        "one sample": np.where(t == n // 2, 1, 0),
        "loud, then faint": np.where(t < n // 9, 32767, generator.integers(-2, 3, n)),
        "faint ends": np.where(abs(t - n // 2) < n // 8, -32768, generator.integers(-2, 3, n)),
    }


# ---- dot ----


@settings(max_examples=60)
@given(rows, st.data())
@example([-32768] * 8, None)
def test_wide_sums_are_exact(a: list[int], data: st.DataObject | None) -> None:
    b = data.draw(st.lists(samples, min_size=len(a), max_size=len(a))) if data else a
    first, second = Guarded("int16_t", a), Guarded("int16_t", b)
    assert lib.dsp_dot_wide(first.at, second.at, len(a)) == sum(x * y for x, y in zip(a, b, strict=True))
    assert first.list() == a
    assert second.list() == b


@pytest.mark.parametrize(("x", "y"), [(-32768, -32768), (-32768, 32767), (1, -1), (255, 257), (-1, 1)])
@pytest.mark.parametrize("n", [0, 1, 3, 65534, 65535])
def test_the_longest_wide_sums_are_exact(n: int, x: int, y: int) -> None:
    a, b = Guarded("int16_t", [x] * n), Guarded("int16_t", [y] * n)
    assert lib.dsp_dot_wide(a.at, b.at, n) == n * x * y


@settings(max_examples=40)
@given(st.lists(st.integers(-7000, 7000), min_size=1, max_size=43))
@example([7000] * 43)
@example([46340 // 2, -(46340 // 2)])
def test_narrow_sums_are_exact_where_they_may_be_used(a: list[int]) -> None:
    row = Guarded("int16_t", a)
    assert sum(x * x for x in a) < 2**31
    for lag in range(min(len(a), 5)):
        assert lib.dsp_dot(row.at, row.at + lag, len(a) - lag) == sum(x * y for x, y in zip(a, a[lag:], strict=False))


# ---- autocorrelation ----


@pytest.mark.parametrize("n", [1, 2, 31, 256, 1500])
def test_sums(n: int) -> None:
    for name, x in signals(n).items():
        sums, shift = autocorrelation(x, min(n + 3, 90))
        exact = exact_sums(x, len(sums))
        assert sums.tolist() == [value >> shift for value in exact], name
        assert exact[0] >> shift < 2**31
        assert shift == 0 or exact[0] >> (shift - 1) >= 2**31, "the least shift"


def test_the_longest_block_fits() -> None:
    sums, shift = autocorrelation(np.full(65535, -32768), 2)
    assert shift == 15
    assert sums.tolist() == [65535 * 2**15, 65534 * 2**15]


@pytest.mark.parametrize("n", [1, 2, 31, 256, 1500])
@pytest.mark.parametrize("scale", [1, 50])
def test_normalised(n: int, scale: int) -> None:
    for name, x in signals(n).items():
        quiet = x // scale
        rho = autocorrelation_q15(quiet, 0, min(n + 3, 120))
        assert np.abs(rho - 2**15 * exact_rho(quiet, 0, len(rho))).max() <= STEPS, name


@settings(max_examples=60, deadline=None)
@given(rows)
@example([1, 1])
@example([-32768, 32767])
@example([0, 0, 5])
def test_normalised_of_anything(x: list[int]) -> None:
    block = np.array(x)
    assert np.abs(autocorrelation_q15(block, 0, 45) - 2**15 * exact_rho(block, 0, 45)).max() <= STEPS


@settings(max_examples=30, deadline=None)
@given(st.lists(st.integers(-4000, 4000), min_size=4, max_size=40), st.sampled_from([2, 4, 8]))
def test_normalised_does_not_see_the_scale(x: list[int], scale: int) -> None:
    block = np.array(x)
    louder = autocorrelation_q15(block * scale, 0, 20).astype(int)
    assert np.abs(louder - autocorrelation_q15(block, 0, 20)).max() <= 2 * STEPS


def test_lags_at_the_end_of_their_range() -> None:
    rho = Guarded("int16_t", [9] * 4)
    x = Guarded("int16_t", [100] * 8)
    lib.dsp_autocorr_q15(x.at, 8, 65534, 4, rho.at)
    assert rho.list() == [0] * 4
    lib.dsp_autocorr_q15(x.at, 0, 0, 4, rho.at)
    assert rho.list() == [0] * 4


# ---- period ----


@pytest.mark.parametrize("length", [5.0, 7.3, 16.0, 37.37, 61.5, 99.9])
@pytest.mark.parametrize("amplitude", [20, 500, 32767])
def test_period_of_a_tone(length: float, amplitude: int) -> None:
    t = np.arange(512)
    found = period(np.round(amplitude * np.sin(2 * np.pi * t / length + 0.4)).astype(int), 4, 250)
    assert abs(found.lag - length) <= 0.2, "the block does not hold whole periods"
    assert found.strength >= 0.98


@pytest.mark.parametrize("length", np.arange(5, 60, 0.7))
def test_lag_of_an_exact_cosine(length: float) -> None:
    found = period_of(np.round(32767 * np.cos(2 * np.pi * np.arange(2, 200) / length)).astype(int), 2)
    assert abs(found.lag - length) <= 1 / 16
    assert 0.97 <= found.strength <= 1


def test_period_of_a_pulse_train_in_noise_is_not_doubled_and_not_halved() -> None:
    generator = np.random.default_rng(3)
    for length in (23, 40, 57):
        for _ in range(10):
            t = np.arange(600)
            pulse = 6000 * np.exp(-0.5 * (((t % length) - length / 2) / 3) ** 2)
            x = pulse + generator.normal(0, 700, len(t))
            found = period(np.round(x - x.mean()).astype(int), 10, 250)
            assert abs(found.lag - length) <= 0.5
            assert 0.7 < found.strength < 1


def test_the_rule_against_octaves_is_the_one_it_says() -> None:
    def rho(first: int, second: int) -> list[int]:
        return [0, first - 800, first, first - 900, 0, -5000, 0, second - 700, second, second - 600, 0]

    assert period_of(rho(28000, 32000), 10).lag == pytest.approx(12, abs=0.1), "7/8 of the highest: the first"
    assert period_of(rho(27999, 32000), 10).lag == pytest.approx(18, abs=0.1)
    assert period_of(rho(32000, 31000), 10).lag == pytest.approx(12, abs=0.1)


@pytest.mark.parametrize(
    "rho",
    [
        [],
        [32767],
        [1, 2],
        [0] * 9,
        [5, 4, 3, 2],
        [1, 2, 3, 4],
        [3, 3, 3],
        [-9, -5, -9],
        [4, 3, 3, 4],
        [1, 2, 2],
        [-1, 0, -1],
    ],
)
def test_no_top_is_no_period(rho: list[int]) -> None:
    assert period_of(np.array(rho, dtype=np.int64), 7) == Period(0, 0)


def test_flat_tops_and_shoulders() -> None:
    assert period_of([0, 9, 9, 0], 4) == Period((5 << 8) + 128, 10)
    assert period_of([0, 9, 9, 9, 0], 4) == Period(6 << 8, 9)
    assert period_of([0, 8, 8, 9, 0], 4).lag_q8 >> 8 == 6, "a shoulder is no top"
    assert period_of([0, 32767, 0], 65535) == Period((65535 + 1) << 8, 32767)


def test_silence_has_no_period() -> None:
    assert period(np.zeros(100, int), 2, 50) == Period(0, 0)


@settings(max_examples=80, deadline=None)
@given(st.lists(samples, max_size=30), st.integers(0, 65535))
@example([-32768, 32767, -32768], 0)
@example([32766, 32767, 32766], 0)
@example([-32768, 1, 0, -32768], 65535)
def test_period_of_anything_lies_within(rho: list[int], first: int) -> None:
    source, out = Guarded("int16_t", rho), Guarded("dsp_period_t")
    found = lib.dsp_period(source.at, first, len(rho), out.at)
    out.check()
    assert source.list() == rho
    assert found == (out.at.lag_q8 > 0) == (out.at.strength_q15 > 0)
    runs = [(value, len(list(same))) for value, same in itertools.groupby(rho)]
    tops, place = [], 0
    for i, (value, width) in enumerate(runs):
        if 0 < i < len(runs) - 1 and value > max(0, runs[i - 1][0], runs[i + 1][0]):
            tops.append((value, place, width))
        place += width
    assert found == bool(tops)
    if tops:
        value, place, width = next(top for top in tops if 8 * top[0] >= 7 * max(tops)[0])
        middle = first + place + (width - 1) / 2
        assert abs(out.at.lag_q8 / 256 - middle) <= (0.5 if width == 1 else 0)
        assert value <= out.at.strength_q15 <= min(32767, value + 2**14)


# ---- Python ----


@pytest.mark.parametrize(
    ("call", "why"),
    [
        (lambda: autocorrelation(np.zeros(0, int), 3), "row"),
        (lambda: autocorrelation([1, 2], 0), "lags"),
        (lambda: autocorrelation([0.5], 1), "integers"),
        (lambda: autocorrelation_q15([1, 2], -1, 3), "lags"),
        (lambda: autocorrelation_q15([1, 2], 65530, 10), "lags"),
        (lambda: period([1, 2, 3], 0, 2), "period"),
        (lambda: period([1, 2, 3], 1, 3), "period"),
        (lambda: period_of([[1]], 0), "row"),
        (lambda: period_of([40000], 0), "fit"),
    ],
)
def test_python_says_what_is_wrong(call: object, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        call()
