"""Logarithm, filter banks and cosine transform of lib/dsp against float64, to the bounds of their headers."""

from __future__ import annotations

import numpy as np
import pytest
from dsp_support import LIMITS, Guarded, lib, samples
from hypothesis import example, given, settings
from hypothesis import strategies as st
from scipy.fft import dct as scipy_dct

from fieldmouse import dsp
from fieldmouse.design import bands as design
from fieldmouse.design.dct import dct as design_dct
from fieldmouse.dsp.sound import c_bands, c_dct

LIMIT = LIMITS["DSP_DCT_LIMIT"]

# ---- log2 and exp2 ----


@pytest.mark.parametrize(("value", "log"), [(0, 0), (1, 0), (2, 1024), (3, 1623), (2**31, 31744), (2**32 - 1, 32767)])
def test_log2_of(value: int, log: int) -> None:
    assert lib.dsp_log2_q10(value) == log


def test_log2_is_low_by_at_most_its_bound_and_never_falls() -> None:
    values = np.unique(
        np.concatenate(
            [np.arange(1, 2**17), np.arange(2**16, 2**17) << 15, (np.arange(2**16, 2**17) << 15) + 2**15 - 1]
        )
    )
    said = dsp.log2_q10(values)
    below = 1024 * np.log2(values) - said
    assert below.min() >= 0, "too high"
    assert below.max() <= 1.25, "too low"
    assert np.all(np.diff(said) >= 0)


@given(st.integers(0, 31).flatmap(lambda bit: st.integers(2**bit, 2 ** (bit + 1) - 1)))
def test_log2_of_any_value(value: int) -> None:
    assert 0 <= 1024 * np.log2(value) - lib.dsp_log2_q10(value) <= 1.25


def test_exp2_of_every_exponent() -> None:
    logs = np.arange(-(2**15), 2**15)
    said = dsp.exp2_q10(logs).astype(np.float64)
    exact = 2 ** (logs / 1024)
    assert np.all(np.abs(said - exact) <= 0.5 + exact * 2**-15)
    assert np.all(said[logs < -1024] == 0)
    assert np.all(np.diff(said) >= 0)
    mantissas = np.array([lib.dsp_exp2_mantissa_q15(log) for log in range(-1024, 2048)])
    assert np.abs(mantissas - 2**15 * 2 ** (np.arange(-1024, 2048) % 1024 / 1024)).max() <= 1


def test_exp2_brings_log2_back() -> None:
    values = np.unique(np.round(2 ** np.linspace(0, 31.99, 3000)).astype(np.int64))
    back = dsp.exp2_q10(dsp.log2_q10(values)).astype(np.float64)
    assert np.all(np.abs(back - values) <= 0.5 + values * (1.25 * np.log(2) / 1024 + 2**-15))


# ---- filter banks ----

BANKS = {
    "mel 256": design.mel(16000, 256, 32),
    "mel 512": design.mel(16000, 512, 40, 100, 7600),
    "linear 64": design.linear(100, 64, 8, 1, 40),
    "one band": design.by_edges(1000, 1024, [10, 20, 490]),
    "as many as bins": design.by_edges(64, 64, np.arange(33)),
    "gaps": design.by_edges(8000, 64, [0, 1100, 1130, 3900, 4000]),
}


@pytest.fixture(params=BANKS)
def bank(request: pytest.FixtureRequest) -> design.Bands:
    return BANKS[request.param]


def powers(x: np.ndarray) -> np.ndarray:
    """Of the bins of a packed spectrum, float64 [N / 2 + 1], 0 for the two that share a pair."""
    pairs = x.astype(np.float64).reshape(-1, 2)
    return np.concatenate([[0], (pairs[1:] ** 2).sum(axis=1), [0]])


def bins(x: np.ndarray) -> np.ndarray:
    """A packed spectrum as `rfft_q15` returns one, without what bins 0 and N / 2 share."""
    return np.concatenate([x.reshape(-1, 2), [[0, 0]]]) * (np.arange(len(x) // 2 + 1) > 0)[:, None]


def legal(rng: np.random.Generator, length: int, level: int) -> np.ndarray:
    """A spectrum as an FFT may leave it: noise, with its mean square below 2^30 / length."""
    return np.clip(np.round(rng.normal(0, level, length)), -32768, 32767).astype(np.int16)


@pytest.mark.parametrize("level", [0, 1, 30, 700])
def test_band_energies(bank: design.Bands, level: int) -> None:
    x = legal(np.random.default_rng(level), bank.length, level)
    exact = bank.weights @ powers(x)
    said = dsp.band_energy(bins(x), bank).astype(np.float64)
    used = (bank.weights > 0).sum(axis=1)
    assert np.all(np.abs(said - exact) <= used + exact * 2**-15 + powers(x).max() * used * 2**-17)


def test_the_whole_of_a_spectrum_fits(bank: design.Bands) -> None:
    """All that int16 samples can hold, in one bin: a band with all of it says 2^30."""
    for k in (bank.first, bank.first + int(bank.counts.sum()) - 1):
        x = np.zeros(bank.length, np.int16)
        x[2 * k : 2 * k + 2] = -32768, 0
        assert np.abs(dsp.band_energy(bins(x), bank) - bank.weights[:, k] * 2.0**30).max() <= 2**30 * 2**-16 + 1


def test_what_a_bin_gives_adds_up() -> None:
    bank = BANKS["mel 256"]
    x = legal(np.random.default_rng(1), 256, 500)
    centres = slice(int(bank.counts[0]) + 1, int(bank.counts[:-1].sum()) + 1)  # between the first centre and the last
    x[: 2 * centres.start], x[2 * centres.stop :] = 0, 0
    assert int(dsp.band_energy(bins(x), bank).sum()) == int(powers(x).sum())


def test_nothing_but_the_bands_is_written(bank: design.Bands) -> None:
    c, keep = c_bands(bank)
    x = legal(np.random.default_rng(2), bank.length, 300).tolist()
    source, energy, logs = Guarded("int16_t", x), Guarded("uint32_t", [7] * bank.n), Guarded("int16_t", [7] * bank.n)
    lib.dsp_bands_energy(c, source.at, energy.at)
    lib.dsp_bands_log2(c, source.at, 3, logs.at)
    assert source.list() == x
    for e, log in zip(energy.list(), logs.list(), strict=True):
        assert log == (lib.dsp_log2_q10(e) >> 2) - 3 * 512
    lib.dsp_bands_log2(c, source.at, 3, source.at)
    assert source.list()[: bank.n] == logs.list(), "in place"
    assert keep


@pytest.mark.parametrize("shift", [-15, -1, 0, 14, 15])
def test_the_shift_is_taken_off(shift: int) -> None:
    bank, x = BANKS["mel 512"], legal(np.random.default_rng(3), 512, 400)
    said = dsp.band_log2(bins(x), bank, shift)
    exact = 256 * (np.log2(np.maximum(dsp.band_energy(bins(x), bank), 1)) - 2 * shift)
    assert np.all((exact - said >= 0) & (exact - said <= 1.4))
    assert np.all(dsp.band_log2(np.zeros((257, 2), np.int16), bank, shift) == -512 * shift)


def test_a_shift_out_of_range_is_held() -> None:
    bank, x = BANKS["linear 64"], legal(np.random.default_rng(3), 64, 400)
    c, keep = c_bands(bank)
    for shift, held in ((-128, -15), (-16, -15), (16, 15), (127, 15)):
        source, logs = Guarded("int16_t", x.tolist()), Guarded("int16_t", [0] * bank.n)
        lib.dsp_bands_log2(c, source.at, shift, logs.at)
        assert logs.list() == dsp.band_log2(bins(x), bank, held).tolist()
    assert keep


# ---- design of filter banks ----


def test_mel_edges_are_those_of_the_formula() -> None:
    bank = design.mel(16000, 512, 20, 50, 7000)
    mel = 2595 * np.log10(1 + bank.edges_hz / 700)
    assert np.allclose(np.diff(mel), np.diff(mel)[0])
    assert (bank.edges_hz[0], bank.edges_hz[-1], bank.n) == (50, pytest.approx(7000), 20)
    assert np.allclose(design.mel_to_hz(design.hz_to_mel([0, 440, 20000])), [0, 440, 20000])
    assert float(design.hz_to_mel(1000)) == pytest.approx(1000, abs=0.1)


REFUSED = [
    (design.mel, {"rate_hz": 16000, "length": 256, "bands": 80}, "holds no bin"),
    (design.mel, {"rate_hz": 16000, "length": 256, "bands": 8, "high_hz": 8001}, "half the rate"),
    (design.mel, {"rate_hz": 16000, "length": 250, "bands": 8}, "power of two"),
    (design.mel, {"rate_hz": 16000, "length": 256, "bands": 0}, "at least one"),
    (design.linear, {"rate_hz": 16000, "length": 256, "bands": 4, "low_hz": 300, "high_hz": 200}, "below high_hz"),
    (design.linear, {"rate_hz": -1, "length": 256, "bands": 4, "high_hz": 200}, "samples a second"),
    (design.by_edges, {"rate_hz": 100, "length": 64, "edges_hz": [1, 2]}, "at least three"),
    (design.by_edges, {"rate_hz": 100, "length": 64, "edges_hz": [1, 20, 20]}, "rise"),
    (design.by_edges, {"rate_hz": 100, "length": 64, "edges_hz": [-1, 2, 20]}, "half the rate"),
    (design_dct, {"length": 1, "coefficients": 1}, "length"),
    (design_dct, {"length": 257, "coefficients": 1}, "length"),
    (design_dct, {"length": 20, "coefficients": 21}, "coefficients"),
]


@pytest.mark.parametrize(("make", "keys", "said"), REFUSED)
def test_a_design_that_cannot_be_is_refused(make, keys: dict, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        make(**keys)


# ---- the cosine transform ----


def dct_error(x: np.ndarray, length: int, coefficients: int) -> tuple[float, float]:
    """The largest error in steps, and the bound."""
    table = design_dct(length, coefficients)
    exact = scipy_dct(x.astype(np.float64), norm="ortho")[:coefficients] / 2**table.shift
    bound = 0.5 + np.abs(x.astype(np.float64)).sum() * 2**-16
    return float(np.abs(dsp.dct(x, table) - exact).max()), bound


@pytest.mark.parametrize("length", [2, 3, 13, 16, 17, 32, 40, 64, 65, 255, 256])
def test_dct_of_noise_and_of_what_makes_each_coefficient_largest(length: int) -> None:
    rng = np.random.default_rng(length)
    basis = scipy_dct(np.eye(length), axis=0)
    rows = [
        rng.integers(-LIMIT, LIMIT + 1, length),
        *(LIMIT * np.where(basis >= 0, 1, -1)),
        *(-LIMIT * np.sign(basis).astype(int)),
    ]
    for x in rows[:: 1 if length < 100 else 16]:
        error, bound = dct_error(x.astype(np.int16), length, length)
        assert error <= bound


@settings(max_examples=50)
@given(st.integers(2, 40).flatmap(lambda n: st.lists(samples, min_size=n, max_size=n)), st.data())
@example([-32768] * 16, None)
@example([32767, -32768] * 8, None)
def test_dct_of_anything_holds_and_writes_nothing_else(x: list[int], data) -> None:
    length = len(x)
    count = data.draw(st.integers(1, length)) if data else length
    table = design_dct(length, count)
    c, keep = c_dct(table)
    source, out = Guarded("int16_t", x), Guarded("int16_t", [0] * count)
    lib.dsp_dct(c, source.at, out.at)
    source.check()
    v = np.array(x, np.int64)
    half, low, high = length // 2, -(2**14), 2**14 - 1
    folded = np.clip(v[:half] + v[::-1][:half], low, high), np.clip(v[::-1][:half] - v[:half], low, high)
    even, odd = np.append(folded[0], np.clip(v[half : length - half], low, high)), folded[1][::-1]
    at, exact = 0, []
    for k in range(count):
        row = odd if k % 2 else even
        exact.append((int(row @ table.cosines_q15[at : at + len(row)].astype(np.int64)) + 2**14) >> 15)
        at += len(row)
    assert out.list() == np.clip(exact, -(2**15), 2**15 - 1).tolist()
    assert keep is not None


def test_python_refuses_what_the_device_has_not() -> None:
    bank, table = BANKS["mel 256"], design_dct(8, 8)
    for call, said in [
        (lambda: dsp.band_energy(np.zeros((128, 2), np.int16), bank), "254 samples"),
        (lambda: dsp.band_log2(np.zeros((129, 2)), bank), "must be integers"),
        (lambda: dsp.band_log2(np.zeros((129, 2), np.int16), bank, 16), "shift"),
        (lambda: dsp.dct(np.zeros((8, 1), np.int16), table), "as long as the table"),
        (lambda: dsp.dct(np.full(8, 40000), table), "fit int16"),
        (lambda: dsp.log2_q10([-1]), "fit uint32"),
    ]:
        with pytest.raises(ValueError, match=said):
            call()
