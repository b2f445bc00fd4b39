"""Biquad cascades of lib/dsp against float64 SciPy, to the bounds of their designs."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from dsp_signals import SIGNALS, blocks, held, snr_db
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import signal

from fieldmouse import dsp
from fieldmouse.design import filters as design

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
NARROW = design.butterworth(2, [0.24, 0.26], 1, "band")
steps = st.lists(st.integers(0, 300), max_size=8)


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


@pytest.mark.parametrize(
    ("one", "most"),
    [(IIR["low"], 3), (IIR["lower"], 3), (IIR["high"], 3), (IIR["band"], 8), (IIR["stop"], 16), (NARROW, 25)],
    ids=["low", "lower", "high", "band", "stop", "narrow"],
)
def test_what_remains_after_a_signal_is_a_small_limit_cycle(one: design.Biquads, most: int) -> None:
    for seed in range(8):
        sound = SIGNALS["impulse"] // 8 if seed == 0 else np.random.default_rng(seed).integers(-32768, 32768, 300)
        x = np.concatenate((sound, np.zeros(3000, int))).astype(np.int16)
        ideal = signal.sosfilt(one.quantised, x.astype(np.float64))[-1000:] * 2.0**one.up
        assert np.abs(ideal).max() < 1e-3
        assert np.abs(dsp.biquad(x, one)[-1000:]).max() <= min(one.noise, most)


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
