"""lib/dsp against exact integers and float64, to the error bounds of its headers."""

from __future__ import annotations

import math

import numpy as np
import pytest
from dsp_support import LIMITS, Guarded, ffi, frames, lib, samples
from hypothesis import example, given
from hypothesis import strategies as st

LAGS, BINS = LIMITS["DSP_SPECTRUM_LAGS"], LIMITS["DSP_SPECTRUM_BINS"]
WINDOW, HELD = LIMITS["DSP_DETREND_WINDOW"], LIMITS["DSP_DETREND_LIMIT"]
SECOND, SLOW_HELD = LIMITS["DSP_SLOW_SECOND"], LIMITS["DSP_SLOW_LIMIT"]


class Filter:
    """One of the filters of three channels: a guarded state, pushed frame by frame into a guarded output."""

    def __init__(self, name: str, *arguments: int) -> None:
        self.state = Guarded(f"dsp_{name}_t")
        self._push = getattr(lib, f"dsp_{name}_push")
        getattr(lib, f"dsp_{name}_init")(self.state.at, *arguments)

    def push(self, frame: tuple[int, int, int]) -> list[int] | None:
        source, target = Guarded("int16_t", list(frame)), Guarded("int16_t", [-21846] * 3)
        written = self._push(self.state.at, source.at, target.at)
        self.state.check()
        assert source.list() == list(frame)
        if written:
            return target.list()
        target.check()
        return None


def mean_is_within(said: int, exact: float, allowed: float) -> bool:
    return abs(said - exact) <= allowed + 1e-9


# ---- log2, isqrt, ratio, median ----


@pytest.mark.parametrize(
    ("value", "log_q8"), [(0, 0), (1, 0), (2, 256), (2**31, 31 * 256), (2**32 - 1, 8191), (3, 405)]
)
def test_log2_of(value: int, log_q8: int) -> None:
    assert lib.dsp_log2_q8(value) == log_q8


def test_log2_is_low_by_at_most_its_bound() -> None:
    # The exponent is exact, so every mantissa is tried once; the bits below it, which are cut off, at their worst.
    mantissas = np.arange(2**15, 2**16, dtype=np.int64)
    for low_bits in (0, 0xFFFF):
        values = (mantissas << 16) + low_bits
        said = np.array([lib.dsp_log2_q8(v) for v in values.tolist()])
        below = 256 * np.log2(values) - said
        assert below.min() >= 0, "too high"
        assert below.max() <= 1.1, "too low"


@given(st.integers(1, 2**32 - 1))
def test_log2_of_any_value(value: int) -> None:
    assert 0 <= 256 * math.log2(value) - lib.dsp_log2_q8(value) <= 1.1


def test_isqrt_around_every_square() -> None:
    for root in range(1, 2**16):
        assert lib.dsp_isqrt(root * root) == root
        assert lib.dsp_isqrt(root * root - 1) == root - 1
    assert lib.dsp_isqrt(0) == 0
    assert lib.dsp_isqrt(2**32 - 1) == 65535


@given(st.integers(0, 2**32 - 1))
def test_isqrt_of_any_value(value: int) -> None:
    assert lib.dsp_isqrt(value) == math.isqrt(value)


@given(st.integers(-(2**31), 2**31 - 1), st.integers(-(2**31), 2**31 - 1))
@example(-(2**31), 2**31 - 1)
@example(-(2**31), -(2**31))
@example(2**31 - 2, 2**31 - 1)
@example(-(2**31) + 2, 2**31 - 1)
@example(5, 0)
@example(7, 7)
@example(-1, 2**15)
def test_ratio(part: int, whole: int) -> None:
    if whole <= 0:
        exact = 0
    elif abs(part) >= whole:
        exact = 32767 if part >= 0 else -32767
    else:
        exact = (abs(part) << 15) // whole * (-1 if part < 0 else 1)
    assert lib.dsp_ratio_q15(part, whole) == exact


@given(st.lists(samples, min_size=1, max_size=255))
@example([-32768])
@example([32767, -32768])
def test_median_is_the_lower_one_and_sorts(values: list[int]) -> None:
    array = Guarded("int16_t", values)
    assert lib.dsp_median(array.at, len(values)) == sorted(values)[(len(values) - 1) // 2]
    assert array.list() == sorted(values)


def test_the_median_and_the_covariance_of_none_are_0() -> None:
    assert lib.dsp_median(Guarded("int16_t", [7]).at, 0) == 0
    assert lib.dsp_covariance_of(5, 0, 0, 0, 0, 0) == 0


# ---- decimate ----


def decimated(factor: int, block: list[tuple[int, int, int]]) -> list[int]:
    decimate = Filter("decimate", factor)
    said = [decimate.push(frame) for frame in block]
    assert said[:-1] == [None] * (factor - 1)
    assert said[-1] is not None
    return said[-1]


@pytest.mark.parametrize("factor", range(1, LIMITS["DSP_DECIMATE_MAX"] + 1))
def test_decimate_at_every_factor(factor: int) -> None:
    generator = np.random.default_rng(factor)
    noise = generator.integers(-32768, 32768, (factor, 3))
    for block in (noise, np.full((factor, 3), [-32768, 32767, 1]), np.where(noise < 0, -32768, 32767)):
        mean = block.mean(axis=0)
        for said, exact in zip(decimated(factor, [tuple(f) for f in block.tolist()]), mean, strict=True):
            assert mean_is_within(said, exact, 0.5 + abs(exact) * factor / 2**16)


@pytest.mark.parametrize(("asked", "got"), [(0, 1), (1, 1), (100, 100), (101, 100), (65535, 100)])
def test_decimate_holds_its_factor(asked: int, got: int) -> None:
    assert Filter("decimate", asked).state.at.factor == got


@given(st.lists(frames, min_size=5, max_size=60))
def test_decimate_starts_each_output_afresh(block: list[tuple[int, int, int]]) -> None:
    decimate = Filter("decimate", 5)
    said = [got for frame in block if (got := decimate.push(frame))]
    assert said == [decimated(5, block[i : i + 5]) for i in range(0, len(block) // 5 * 5, 5)]


# ---- detrend ----


@given(st.lists(frames, min_size=1, max_size=40))
@example([(-32768, 32767, 0)] * 15)
@example([(-32768, 32767, -32768), (32767, -32768, -32768)] * 15)
@example([(-32768, 32767, -32768)] * 11 + [(32767, -32768, -32768)] * 11)
def test_detrend(block: list[tuple[int, int, int]]) -> None:
    detrend, x = Filter("detrend"), np.array(block, dtype=np.int64)
    for end, frame in enumerate(block, start=1):
        said = detrend.push(frame)
        assert (said is not None) == (end >= WINDOW)
        if said is None:
            continue
        mean = x[end - WINDOW : end].mean(axis=0)
        exact = x[end - 1 - WINDOW // 2] - mean
        for i in range(3):
            assert mean_is_within(said[i], np.clip(exact[i], -HELD, HELD), 1 + abs(mean[i]) / 33000)


def test_detrend_passes_movement_and_stops_posture() -> None:
    detrend = Filter("detrend")
    t = np.arange(110)
    wave = np.round(1000 * np.sin(2 * np.pi * t / WINDOW)).astype(int)
    said = [got for w in wave.tolist() if (got := detrend.push((1000 + w, -20000 + w, w)))]
    late = wave[WINDOW // 2 : WINDOW // 2 + len(said)]
    assert np.abs(np.array(said) - late[:, None]).max() <= 2


def test_detrend_limit_lets_42_squares_fit() -> None:
    assert 42 * 3 * HELD**2 < 2**31


# ---- slow ----


@given(st.lists(frames, min_size=20, max_size=60))
@example([(-32768, 32767, 0)] * 60)
@example(([(-32768, 32767, -32768)] * 20 + [(32767, -32768, -32768)] * 20) * 2)
@example([(1, -1, 7)] * 25 + [(-1, 1, 9)] * 35)
@example([(2000, -2000, 0)] * 30 + [(-2000, 2000, 0)] * 30)  # between the limit and twice it
def test_slow(block: list[tuple[int, int, int]]) -> None:
    slow, x = Filter("slow"), np.array(block, dtype=np.int64)
    tent = np.concatenate([np.arange(1, SECOND + 1), np.arange(SECOND - 1, -1, -1)])
    for end, frame in enumerate(block, start=1):
        said = slow.push(frame)
        assert (said is not None) == (end % SECOND == 0 and end >= 3 * SECOND)
        if said is not None:
            now, before = (tent @ x[e - 2 * SECOND : e] for e in (end, end - SECOND))
            assert said == np.clip((now - before) // 8, -SLOW_HELD, SLOW_HELD).tolist()


@pytest.mark.parametrize("hertz", [1, 2, 3, 4, 5])
def test_slow_does_not_hear_chewing_and_steps(hertz: int) -> None:
    slow = Filter("slow")
    wave = np.round(8000 * np.cos(2 * np.pi * hertz * np.arange(80) / SECOND + 0.3)).astype(int).tolist()
    said = [got for w in wave if (got := slow.push((w, -w, w)))]
    assert np.abs(said).max() <= 25, "2 mg of rounding at most"


# ---- lags and spectrum ----


@given(st.integers(1, LAGS), st.lists(st.tuples(*[st.integers(-HELD, HELD)] * 3), min_size=1, max_size=42))
@example(LAGS, [(HELD, -HELD, HELD)] * 42)
@example(2, [(HELD, HELD, HELD), (-HELD, -HELD, -HELD)] * 21)
def test_lags_are_exact(lags: int, block: list[tuple[int, int, int]]) -> None:
    line, total = Guarded("int16_t", [0] * 3 * lags), Guarded("int32_t", [0] * lags)
    for frame in block:
        source = Guarded("int16_t", list(frame))
        lib.dsp_lags_push(ffi.cast("int16_t (*)[3]", line.at), total.at, lags, source.at)
        assert source.list() == list(frame)
    x = np.array(block, dtype=np.int64)
    assert total.list() == [int((x[lag:] * x[: len(x) - lag]).sum()) if lag < len(x) else 0 for lag in range(lags)]
    newest = [*reversed(block), *[(0, 0, 0)] * lags][:lags]
    assert line.list() == [value for frame in newest for value in frame]


def spectrum(rho_q15: list[int]) -> list[int]:
    rho, power = Guarded("int16_t", rho_q15), Guarded("int16_t", [0] * BINS)
    lib.dsp_spectrum(rho.at, power.at)
    assert rho.list() == rho_q15
    return power.list()


SPECTRUM_BOUND = 0.003
LAG = np.arange(1, LAGS)
HANN = (1 + np.cos(np.pi * LAG / LAGS)) / 2
COSINE = np.cos(2 * np.pi * np.outer(np.arange(BINS), LAG) / 50)


def exact_spectrum(rho_q15: list[int]) -> np.ndarray:
    return 1 + 2 * COSINE @ (HANN * np.array(rho_q15[1:]) / 2**15)


def spectrum_error(rho_q15: list[int]) -> float:
    return float(np.abs(np.array(spectrum(rho_q15)) / 1024 - exact_spectrum(rho_q15)).max())


@given(st.lists(samples.filter(lambda v: v > -32768), min_size=LAGS, max_size=LAGS))
@example([32767] * LAGS)
@example([32767, *[-32767, 32767] * 6])
@example([32767, -32767, 32700, 32142, 32700, -31983, -30148, -32700, -32700, -31649, -31620, 32459, -32563])  # 0.00207
def test_spectrum_of_anything(rho_q15: list[int]) -> None:
    assert spectrum_error(rho_q15) < SPECTRUM_BOUND


def test_spectrum_at_the_signs_that_make_each_bin_largest_or_worst() -> None:
    tables = np.round(HANN * 2**15) / 2**15 * np.round(COSINE * 2**12) / 2**12 - HANN * COSINE
    for signs in (*np.sign(COSINE), *np.sign(tables)):
        for side in (1, -1):
            assert spectrum_error([32767, *(side * 32767 * signs).astype(int).tolist()]) < SPECTRUM_BOUND


def test_spectrum_of_a_sine_peaks_in_its_bin_and_noise_is_flat() -> None:
    for k in range(3, BINS - 3):
        rho = np.round(32767 * np.cos(2 * np.pi * k * np.arange(LAGS) / 50)).astype(int).tolist()
        assert abs(int(np.argmax(spectrum(rho))) - k) <= (0 if 6 < k < 19 else 1)
    assert spectrum([32767] + [0] * (LAGS - 1)) == [1024] * BINS


# ---- blockfloat ----

int32 = st.integers(-(2**31) + 1, 2**31 - 1) | st.integers(-70000, 70000)


def packed(values: list[int]) -> tuple[list[int], int]:
    source, mantissa = Guarded("int32_t", values), Guarded("int16_t", [0] * len(values))
    shift = lib.dsp_blockfloat_pack(source.at, mantissa.at, len(values))
    assert source.list() == values
    return mantissa.list(), shift


@given(st.lists(int32, min_size=1, max_size=LAGS))
@example([2**31 - 1, -(2**31) + 1])
@example([32767, -32767])
@example([32768, 0])
@example([-65535])
@example([0])
def test_blockfloat_packs_with_the_least_shift(values: list[int]) -> None:
    mantissa, shift = packed(values)
    assert shift == max(0, max(abs(v) for v in values).bit_length() - 15)
    assert mantissa == [v >> shift for v in values]


@given(st.lists(st.tuples(int32, int32), min_size=1, max_size=20))
@example([(2**31 - 1, -(2**31) + 1)] * 10)
@example([(1, -1), (2**31 - 1, -(2**31) + 1), (1, -1)])
def test_blockfloat_sums_round_down_once_a_term(blocks: list[tuple[int, int]]) -> None:
    total, shift = Guarded("int32_t", [0, 0]), Guarded("uint8_t", [0])
    for block in blocks:
        mantissa, own = packed(list(block))
        array = Guarded("int16_t", mantissa)
        lib.dsp_blockfloat_add(total.at, shift.at, array.at, own, 2)
        assert array.list() == mantissa
    assert shift.list() == [max(packed(list(block))[1] for block in blocks)]
    for i, said in enumerate(total.list()):
        assert 0 <= sum(block[i] for block in blocks) / 2 ** shift.at[0] - said < len(blocks)


def test_blockfloat_takes_65535_of_the_largest() -> None:
    total, shift = Guarded("int32_t", [0, 0]), Guarded("uint8_t", [16])
    largest = Guarded("int16_t", [32767, -32768])
    for _ in range(65535):
        lib.dsp_blockfloat_add(total.at, shift.at, largest.at, 16, 2)
    assert total.list() == [65535 * 32767, 65535 * -32768]
