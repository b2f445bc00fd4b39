"""FIR filters, averages and Goertzel of lib/dsp against float64 SciPy, to the bounds of their headers and designs."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from dsp_signals import SIGNALS, blocks, held, snr_db
from dsp_support import Guarded, lib
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import signal

from fieldmouse import dsp
from fieldmouse.design import filters as design
from fieldmouse.dsp.library import ffi, pointer

NAMES = sorted(SIGNALS)
LOW = design.butterworth(4, 0.1, 1)
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
    one = design.fir_taps(taps)
    worst = np.where(one.quantised[::-1] < 0, -32768, 32767)
    for x in (SIGNALS["square"][:200], worst.astype(np.int16), (-worst - 1).astype(np.int16)):
        exact = held(signal.lfilter(one.quantised, 1, x.astype(np.float64)))
        assert np.abs(dsp.fir(x, one) - exact).max() <= 0.5 + 2**-14


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
    with pytest.raises(ValueError, match="decimate first"):
        design.goertzel(1, 32767, 32767)


def test_goertzel_design_s_error_is_small_whatever_the_length() -> None:
    made = 0
    for n in (2, 100, 4096, 32767):
        for hz in (1 / n, 0.001, 0.1, 0.4, 0.499):
            try:
                one = design.goertzel(min(hz, 0.49), 1, n)
            except ValueError:
                continue
            made += 1
            assert one.error < 0.01 * 32768
            tone = np.where(np.cos(2 * np.pi * one.hz * np.arange(n)) < 0, -32768, 32767).astype(np.int16)
            (power,) = dsp.goertzel(tone, one)
            exact = np.sqrt(2) / n * abs((tone * np.exp(-2j * np.pi * one.hz * np.arange(n))).sum())
            assert abs(np.sqrt(float(power)) - exact) <= one.error + exact * 2**-13 + 1
    assert made >= 15


# ---- what is written, and what is refused ----


@pytest.mark.parametrize("n", [0, 1, 2, 3, 8, 37])
def test_nothing_else_is_written(n: int) -> None:
    x = SIGNALS["noise"][:n].tolist()
    low, taps, half = LOW, FIR["low"], design.halfband(7)
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
        dsp.fir([1], LOW)
    with pytest.raises(ValueError, match="another design"):
        dsp.fir([1], FIR["low"], dsp.Stream(FIR["high"]))
    with pytest.raises(ValueError, match="factor"):
        dsp.fir_decimate([1], FIR["low"], 0)
    with pytest.raises(ValueError, match="hz must be between"):
        design.ema(0.6, 1)
    with pytest.raises(ValueError, match="try ema"):
        design.dc(0.4, 1)


def test_designs_as_c() -> None:
    assert "static const ROM int16_t low[14]" in LOW.c("low")
    assert "static const ROM int32_t taps[21]" in FIR["low"].c("taps")
    for one in (design.halfband(7), design.ema(0.1, 1), design.dc(0.01, 1), design.goertzel(0.1, 1, 64)):
        assert "static const ROM" in one.c("name")
