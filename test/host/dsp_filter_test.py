"""Filters of lib/dsp against float64 SciPy, to the bounds of their headers and designs."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from dsp_signals import SIGNALS, snr_db
from dsp_support import Guarded, lib
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import signal

from fieldmouse import dsp
from fieldmouse.design import filters as design
from fieldmouse.dsp.library import ffi, pointer

NAMES = sorted(SIGNALS)
IIR = {
    "low": design.butterworth(4, 0.1, 1),
    "lower": design.butterworth(4, 0.05, 1),
    "high": design.butterworth(4, 0.1, 1, "high"),
    "highest": design.butterworth(4, 0.4, 1, "high"),
    "band": design.butterworth(2, [0.1, 0.2], 1, "band"),
    "stop": design.butterworth(2, [0.2, 0.25], 1, "stop"),
    "elliptic": design.iir(6, 0.2, 1, family="ellip"),
    "one section": design.butterworth(2, 0.2, 1),
    "first order": design.butterworth(1, 0.2, 1),
}
FIR = {
    "low": design.fir(32, 0.1, 1),
    "plain": design.fir(32, 0.125, 1, fine=False),
    "high": design.fir(33, 0.2, 1, "high"),
    "ripple": design.remez(40, [0, 0.1, 0.15, 0.5], [1, 0], 1),
    "uneven": design.fir_taps([0.9, -0.5, 0.3, 0.1, -0.05]),
    "loud": design.fir_taps([2.5, -1.5]),
    "one": design.fir_taps([-0.7]),
}
steps = st.lists(st.integers(0, 300), max_size=8)


def held(exact: np.ndarray) -> np.ndarray:
    return np.clip(exact, -32768, 32767)


def blocks(x: np.ndarray, lengths: list[int]) -> list[np.ndarray]:
    edges = [0, *np.minimum(np.cumsum(lengths, dtype=int), len(x)).tolist(), len(x)]
    return [x[a:b] for a, b in pairwise(edges)]


# ---- biquads ----


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("kind", IIR)
def test_biquads_are_within_the_design_s_bounds(kind: str, name: str) -> None:
    one, x = IIR[kind], SIGNALS[name]
    said = dsp.biquad(x, one)
    wide = x.astype(np.float64)
    asked = held(signal.sosfilt(one.sos, wide))
    rounded = held(signal.sosfilt(one.quantised, wide) * 2.0**one.up)
    assert np.abs(said - rounded).max() <= one.noise
    assert np.abs(said - asked).max() <= one.noise + one.error
    if np.sqrt(np.mean(asked**2)) > 9000:
        assert snr_db(asked, said) >= 70
        assert snr_db(rounded, said) >= 70


@pytest.mark.parametrize("kind", ["low", "lower", "high", "band", "stop"])
def test_biquads_reach_70_db_in_their_band(kind: str) -> None:
    one = IIR[kind]
    hz = {"low": 0.03, "lower": 0.02, "high": 0.3, "band": 0.14, "stop": 0.05}[kind]
    x = np.round(30000 * np.sin(2 * np.pi * hz * np.arange(2048))).astype(np.int16)
    assert snr_db(held(signal.sosfilt(one.sos, x.astype(np.float64))), dsp.biquad(x, one)) >= 74


@pytest.mark.parametrize("kind", IIR)
def test_no_section_overflows_on_its_worst_input(kind: str) -> None:
    """Each section's own largest output: signs of its impulse response, turned round, at full scale."""
    one = IIR[kind]
    for last in range(1, len(one.sos) + 1):
        h = signal.sosfilt(one.quantised[:last], np.eye(1, 400)[0])[::-1]
        x = np.where(h < 0, -32768, 32767).astype(np.int16)
        for worst in (x, (-(x.astype(int) + 1)).astype(np.int16)):
            exact = held(signal.sosfilt(one.quantised, worst.astype(np.float64)) * 2.0**one.up)
            assert np.abs(dsp.biquad(worst, one) - exact).max() <= one.noise


def test_a_level_passes_without_bias() -> None:
    one = IIR["low"]
    level = np.round(np.random.default_rng(1).normal(12345, 30, 40000)).astype(np.int16)
    gain = np.prod(one.quantised[:, :3].sum(1) / one.quantised[:, 3:].sum(1)) * 2**one.up
    assert abs(dsp.biquad(level, one)[1000:].mean() - level[1000:].mean() * gain) < 0.05
    still = dsp.biquad(np.full(6000, 12345, np.int16), one)[1000:]
    assert np.abs(still - 12345 * gain).max() < 2


@settings(max_examples=30, deadline=None)
@given(steps, st.sampled_from(sorted(IIR)), st.sampled_from(NAMES))
def test_biquads_in_blocks(lengths: list[int], kind: str, name: str) -> None:
    one, x = IIR[kind], SIGNALS[name]
    state = dsp.Stream(one)
    parts = [dsp.biquad(part, one, state) for part in blocks(x, lengths)]
    assert np.array_equal(np.concatenate(parts), dsp.biquad(x, one))


@settings(max_examples=40, deadline=None)
@given(
    st.integers(1, 4),
    st.floats(0.06, 0.4),
    st.sampled_from(["low", "high"]),
    st.lists(st.sampled_from([-32768, 32767, 0, -1]), min_size=1, max_size=300),
)
def test_any_butterworth_is_within_its_bounds(order: int, hz: float, kind: str, samples: list[int]) -> None:
    one = design.butterworth(order, hz, 1, kind, tolerance=1.0)
    x = np.array(samples, np.int16)
    exact = held(signal.sosfilt(one.quantised, x.astype(np.float64)) * 2.0**one.up)
    assert np.abs(dsp.biquad(x, one) - exact).max() <= one.noise
    assert one.pole_radius < 1


@pytest.mark.parametrize(
    ("arguments", "advice"),
    [
        ((4, 0.001, 1), "decimate first"),
        ((4, 0.00001, 1), "decimate first"),
        ((4, 0.6, 1), "half the rate"),
        ((4, [0.1, 0.2], 1), "hz must be 1"),
        ((4, [0.2, 0.1], 1, "band"), "must rise"),
        ((4, 0.1, 1, "notch"), "kind must be one of"),
        ((20, 0.1, 1), "at most 16 poles"),
    ],
)
def test_a_butterworth_that_is_refused(arguments: tuple[Any, ...], advice: str) -> None:
    with pytest.raises(ValueError, match=advice):
        design.butterworth(*arguments)


def test_sections_that_are_refused() -> None:
    with pytest.raises(ValueError, match="unstable"):
        design.sos([[1, 0, 0, 1, -2.1, 1.1]])
    with pytest.raises(ValueError, match="rows of b0"):
        design.sos([[1, 2, 3]])
    with pytest.raises(ValueError, match="family"):
        design.iir(2, 0.1, 1, family="bessle")
    with pytest.raises(ValueError, match="gain"):
        design.sos([[1000, 0, 0, 1, 0, 0]])


# ---- FIR ----


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("kind", FIR)
def test_fir_is_its_sum_rounded(kind: str, name: str) -> None:
    one, x = FIR[kind], SIGNALS[name]
    said = dsp.fir(x, one)
    wide = x.astype(np.float64)
    rounded, asked = (held(signal.lfilter(taps, 1, wide)) for taps in (one.quantised, one.wanted))
    assert np.abs(said - rounded).max() <= 0.5 + 2**-14
    assert np.abs(said - asked).max() <= 0.5 + 2**-14 + one.error
    if np.sqrt(np.mean(asked**2)) > 6000:
        assert snr_db(rounded, said) >= 85
        assert snr_db(asked, said) >= (79 if one.fine == 0 else 80)


def test_a_fine_fir_reaches_85_db_of_a_tone_in_its_band() -> None:
    for one in (FIR["low"], design.fir(32, 0.125, 1)):
        x = np.round(32000 * np.sin(2 * np.pi * 0.04 * np.arange(1024))).astype(np.int16)
        assert one.fine > 0
        assert snr_db(signal.lfilter(one.wanted, 1, x.astype(np.float64)), dsp.fir(x, one)) >= 85


@pytest.mark.parametrize("kind", FIR)
def test_fir_sums_do_not_overflow(kind: str) -> None:
    one = FIR[kind]
    count, shift, fine, inner, end = one.table[:5].tolist()
    taps = np.stack([one.table[5:] << 16 >> 16, one.table[5:] >> 16], 1).ravel().astype(np.int64)
    assert len(taps) == count
    outer = np.abs(taps[:inner]).sum() + np.abs(taps[end:]).sum()
    assert outer * 2**15 + 2 ** (shift + fine - 1) < 2**31
    assert ((outer * 2**15 >> fine) + 1 + np.abs(taps[inner:end]).sum() * 2**15) + 2 ** (shift - 1) < 2**31
    worst = np.where(one.quantised[::-1] < 0, -32768, 32767).astype(np.int16)
    for x in (worst, (-(worst.astype(int) + 1)).astype(np.int16)):
        exact = held(signal.lfilter(one.quantised, 1, x.astype(np.float64)))
        assert np.abs(dsp.fir(x, one) - exact).max() <= 0.5 + 2**-14


@settings(max_examples=30, deadline=None)
@given(steps, st.sampled_from(sorted(FIR)), st.integers(1, 9))
def test_fir_and_decimation_in_blocks(lengths: list[int], kind: str, factor: int) -> None:
    one, x = FIR[kind], SIGNALS["noise"]
    state, every = dsp.Stream(one), dsp.Stream(one, factor=factor)
    whole = dsp.fir(x, one)
    assert np.array_equal(np.concatenate([dsp.fir(part, one, state) for part in blocks(x, lengths)]), whole)
    said = np.concatenate([dsp.fir_decimate(part, one, factor, every) for part in blocks(x, lengths)])
    assert np.array_equal(said, whole[::factor])


@given(st.lists(st.floats(-1, 1).filter(lambda tap: tap == 0 or abs(tap) > 1e-3), min_size=1, max_size=40))
@settings(max_examples=40, deadline=None)
def test_any_taps(taps: list[float]) -> None:
    if not any(taps):
        return
    one, x = design.fir_taps(taps), SIGNALS["square"][:200]
    assert np.abs(dsp.fir(x, one) - held(signal.lfilter(one.quantised, 1, x.astype(np.float64)))).max() <= 0.5 + 2**-14


def test_taps_that_are_refused() -> None:
    with pytest.raises(ValueError, match="divide them"):
        design.fir_taps([40000.0])
    with pytest.raises(ValueError, match="row of 1 to"):
        design.fir_taps([])
    with pytest.raises(ValueError, match="take 33"):
        design.fir(32, 0.2, 1, "high")


# ---- half-band ----


@pytest.mark.parametrize("taps", [3, 7, 31])
@pytest.mark.parametrize("name", NAMES)
def test_halfband_is_its_sum_rounded(taps: int, name: str) -> None:
    one, x = design.halfband(taps), SIGNALS[name]
    exact = held(signal.lfilter(one.quantised, 1, x.astype(np.float64)))[::2]
    assert np.abs(dsp.halfband(x, one) - exact).max() <= 0.5
    state = dsp.Stream(one)
    parts = [dsp.halfband(part, one, state) for part in blocks(x, [1, 2, 7, 300])]
    assert np.array_equal(np.concatenate(parts), dsp.halfband(x, one))


def test_halfband_design() -> None:
    one = design.halfband(31)
    assert one.stop_gain < 10 ** (-55 / 20)
    assert one.pass_ripple < 0.002
    with pytest.raises(ValueError, match="4 k - 1"):
        design.halfband(32)


# ---- averages ----


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("hz", [0.2, 0.01, 0.0001])
def test_ema_is_within_its_bound(hz: float, name: str) -> None:
    one, x = design.ema(hz, 1), SIGNALS[name].astype(np.float64)
    alpha = one.alpha_q15 / 32768
    low = signal.lfilter([alpha], [1, alpha - 1], x)
    assert np.abs(dsp.ema_low(SIGNALS[name], one) - low).max() <= 0.501
    assert np.abs(dsp.ema_high(SIGNALS[name], one) - held(x - low)).max() <= 0.501


@given(st.integers(1, 32768), st.integers(-32768, 32767), st.integers(-32768, 32767))
@settings(max_examples=50, deadline=None)
def test_ema_has_no_dead_band_and_does_not_pass_its_input(alpha: int, start: int, level: int) -> None:
    state, x, out = ffi.new("dsp_ema_t *"), np.full(65000, level, np.int16), np.empty(65000, np.int16)
    lib.dsp_ema_init(state, alpha, start)
    for _ in range(1 + 400_000 // alpha // 65000):
        lib.dsp_ema_low(state, pointer(x), pointer(out), len(x))
        assert min(start, level) <= out.min()
        assert out.max() <= max(start, level)
    if alpha > 10:
        assert out[-1] == level


@pytest.mark.parametrize("shift", [1, 6, 15])
@pytest.mark.parametrize("name", NAMES)
def test_dc_is_within_its_bound(shift: int, name: str) -> None:
    x = SIGNALS[name].copy()
    state, out = ffi.new("dsp_dc_t *"), np.empty(len(x), np.int16)
    lib.dsp_dc_init(state, shift, 0)
    lib.dsp_dc(state, pointer(x), pointer(out), len(x))
    exact = signal.lfilter([1, -1], [1, 2.0**-shift - 1], x.astype(np.float64))
    assert np.abs(out - held(exact)).max() <= 1


def test_dc_settles_to_nothing() -> None:
    one = design.dc(0.01, 1)
    out = dsp.dc_remove(np.full(4000, -32768, np.int16), one)
    assert not out[int(np.ceil(one.settling_s)) + 2**one.shift :].any()


# ---- Goertzel ----


@pytest.mark.parametrize("n", [2, 64, 256, 1000])
@pytest.mark.parametrize("part", [0.3, 1.0, 8.0, 0.25, 0.4])
@pytest.mark.parametrize("name", ["noise", "sweep", "square", "lowest", "silence", "impulse"])
def test_goertzel_is_within_its_bound(n: int, part: float, name: str) -> None:
    hz = part / n if part >= 0.3 and part not in (0.4,) and n > 16 else min(part, 0.4)
    one, x = design.goertzel(hz, 1, n), SIGNALS[name][: n if n <= 1024 else None]
    exact = np.sqrt(2) / n * abs((x * np.exp(-2j * np.pi * one.hz * np.arange(n))).sum())
    (power,) = dsp.goertzel(x, one)
    off = one.error + exact * 2**-13
    assert max(exact - off, 0) ** 2 - 1 <= power <= (exact + off) ** 2


def test_goertzel_of_a_tone_is_its_power_whatever_the_blocks() -> None:
    x = np.round(20000 * np.sin(2 * np.pi * 5 / 256 * np.arange(1024))).astype(np.int16)
    one = design.goertzel(5, 256, 256)
    powers = dsp.goertzel(x, one)
    assert powers == pytest.approx([20000**2 / 2] * 4, rel=1e-3)
    state = dsp.Stream(one)
    assert (
        np.concatenate([dsp.goertzel(part, one, state) for part in blocks(x, [3, 400, 1, 200])]).tolist()
        == powers.tolist()
    )
    with pytest.raises(ValueError, match="between 0 and half"):
        design.goertzel(200, 256, 256)


# ---- what is written, and what is refused ----


@pytest.mark.parametrize("n", [0, 1, 2, 3, 8, 37])
def test_nothing_else_is_written(n: int) -> None:
    x = SIGNALS["noise"][:n].tolist()
    low, taps, half = IIR["low"], FIR["low"], design.halfband(7)
    source = Guarded("int16_t", [*x, 0])

    def check(
        function: str, state: Guarded, outputs: int, *init: Any, table: Any = None, line: Guarded | None = None
    ) -> None:
        out = Guarded("int16_t", [-21846] * (outputs + 1))
        getattr(lib, f"{init[0]}_init")(state.at, *init[1:])
        getattr(lib, function)(state.at, *([table] if table is not None else []), source.at, out.at, n)
        assert out.list()[outputs] == -21846
        for array in (state, source, line or out):
            array.check()

    table = pointer(low.table)
    check("dsp_biquad", Guarded("dsp_biquad_t", count=2), n, "dsp_biquad", table, table=table)
    line = Guarded("int32_t", count=(32 + 8 + 1) // 2)
    check("dsp_fir", Guarded("dsp_fir_t"), n, "dsp_fir", pointer(taps.table), line.at, 8, line=line)
    every = Guarded("dsp_fir_decimate_t")
    check("dsp_fir_decimate", every, -(-n // 3), "dsp_fir_decimate", pointer(taps.table), 3, line.at, 8, line=line)
    short = Guarded("int16_t", count=6 + 5)
    check(
        "dsp_halfband",
        Guarded("dsp_halfband_t"),
        -(-n // 2),
        "dsp_halfband",
        pointer(half.table),
        short.at,
        5,
        line=short,
    )
    for function in ("dsp_ema_low", "dsp_ema_high"):
        check(function, Guarded("dsp_ema_t"), n, "dsp_ema", 100, 0)
    check("dsp_dc", Guarded("dsp_dc_t"), n, "dsp_dc", 5, 0)


def test_wrong_arguments_say_so() -> None:
    with pytest.raises(ValueError, match="one row"):
        dsp.fir(np.zeros((2, 3), np.int16), FIR["low"])
    with pytest.raises(ValueError, match="integers"):
        dsp.fir([0.5], FIR["low"])
    with pytest.raises(ValueError, match="must be Fir"):
        dsp.fir([1], IIR["low"])
    with pytest.raises(ValueError, match="another design"):
        dsp.fir([1], FIR["low"], dsp.Stream(FIR["high"]))
    with pytest.raises(ValueError, match="factor"):
        dsp.fir_decimate([1], FIR["low"], 0)
    with pytest.raises(ValueError, match="hz must be between"):
        design.ema(0.6, 1)
    with pytest.raises(ValueError, match="try ema"):
        design.dc(0.4, 1)


def test_designs_as_c() -> None:
    assert "static const ROM int16_t low[14]" in IIR["low"].c("low")
    assert "static const ROM int32_t taps[21]" in FIR["low"].c("taps")
    for one in (design.halfband(7), design.ema(0.1, 1), design.dc(0.01, 1), design.goertzel(0.1, 1, 64)):
        assert "static const ROM" in one.c("name")
