"""The suite `dsp`: its names, its references, its own header for CMSIS-DSP, and the page that was published of it."""

from __future__ import annotations

import re
import shutil
import struct
from dataclasses import replace

import numpy as np
import pytest
from bench_support import published
from scipy import signal

from bench.dsp import cases, signals
from bench.dsp.case_header import case_header, fixed
from bench.dsp.suite import HERE, suite
from orchestrator.bench import run
from orchestrator.emulator.unicorn.bare import Bare, link
from orchestrator.progress import quiet

SUITE = suite()


def test_each_engine_has_a_name_of_its_own_and_a_case():
    names = [(engine.case, engine.name) for engine in SUITE.engines]
    assert len(set(names)) == len(names)
    assert {case for case, _ in names} == {case.name for case in SUITE.cases}


def test_each_case_has_ours_and_what_firmware_is_built_as():
    for case in SUITE.cases:
        settings = {engine.setting for engine in SUITE.engines if engine.ours and engine.case == case.name}
        assert settings >= {"size", "portable"}, case.name


def test_every_peer_has_the_same_allowance():
    for case in SUITE.cases:
        for peer, levels in (("cmsis-dsp", 6), ("emlearn", 3)):
            families = {e.family for e in SUITE.engines if e.case == case.name and e.family.startswith(peer)}
            for family in families:
                settings = [e.setting for e in SUITE.engines if (e.case, e.family) == (case.name, family)]
                assert len(settings) == levels, (case.name, family)


def test_reach_is_of_cases_engines_and_targets_that_there_are():
    known = {(engine.case, engine.name) for engine in SUITE.engines}
    assert set(SUITE.reach) == {"instructions"}
    for case, engines in SUITE.reach["instructions"].items():
        for engine, targets in engines.items():
            assert (case, engine) in known
            assert set(targets) <= set(SUITE.targets)


def test_loud_signals_are_within_what_every_fft_can_take():
    for make in (signals.noise, signals.tones, signals.sweep):
        assert 20_000 < np.abs(make(256).astype(int)).max() <= signals.LOUD


def test_the_references_agree_with_another_way_to_them():
    x = signals.noise(256).astype(float)
    direct = [np.sum(x * np.exp(-2j * np.pi * k * np.arange(256) / 256)) / 256 for k in range(129)]
    assert np.allclose(cases.spectrum(signals.noise(256)), direct)
    b, a = signal.butter(4, 0.2)
    assert np.allclose(cases.iir().right[0], signal.lfilter(b, a, x))
    block = signals.movement(cases.DWT_SAMPLES)
    for wavelet, halving in (("haar", 1), ("d4", 2)):
        parts = cases.wavelets(block, wavelet) * halving
        edges = [0, *(cases.DWT_SAMPLES >> level for level in range(cases.DWT_LEVELS, -1, -1))]
        powers = [2.0 ** (cases.DWT_LEVELS - max(i - 1, 0)) for i in range(len(edges) - 1)]
        energy = sum(
            np.sum(parts[:, a:b] ** 2, 1) * power for a, b, power in zip(edges, edges[1:], powers, strict=False)
        )
        assert np.allclose(energy, np.sum(block.astype(float) ** 2, 0)), "it is orthonormal"
    whole = cases.bank(256)[:, 10:100].sum(0)
    assert np.allclose(whole, 1), "between the outer centres the bands share each bin"


def test_coefficients_reach_c_as_they_are():
    text = case_header({"N": 3, "X": np.array([0.1, 1.0, -2e-9]), "K": [1, -2], "FILTER": "f"})["case.h"]
    assert "#define N 3\n" in text
    assert "#define K {1, -2}\n" in text
    assert "#define FILTER f\n" in text
    floats = [float(part.rstrip("f")) for part in re.search(r"X \{(.*)\}", text).group(1).split(", ")]
    assert [np.float32(value) for value in floats] == [np.float32(value) for value in (0.1, 1.0, -2e-9)]
    assert list(fixed(np.array([0.5, 1.0, -1.0]), 15)) == [16384, 32767, -32768]


CORE = """
#include "cmsis_compiler.h"
int32_t x[4]; int32_t y[9];
void run(void);
void run(void) {
    y[0] = __SSAT(x[0], 16); y[1] = __SSAT(x[1], 16); y[2] = (int32_t)__USAT(x[0], 8); y[3] = (int32_t)__USAT(x[1], 8);
    y[4] = __CLZ((uint32_t)x[2]); y[5] = __CLZ((uint32_t)x[3]); y[6] = (int32_t)__ROR((uint32_t)x[0], 8);
    y[7] = (int32_t)__ROR((uint32_t)x[0], 32); y[8] = __SSAT(x[0], 32);
}
"""


@pytest.mark.skipif(shutil.which("arm-none-eabi-gcc") is None, reason="needs arm-none-eabi-gcc")
@pytest.mark.parametrize("core", SUITE.targets)
def test_our_core_header_does_what_the_instructions_do(core, tmp_path):
    (tmp_path / "core.c").write_text(CORE)
    flags = ["-O2", f"-I{HERE / 'cmsis' / 'core'}"]
    bare = Bare(link(tmp_path / "core.elf", core, [tmp_path / "core.c"], flags, ["run", "x", "y"]), core)
    bare.write(bare.address("x"), struct.pack("<4i", 0x12345678, -40_000, 0, 1))
    bare.call("run")
    said = struct.unpack("<9i", bare.read(bare.address("y"), 36))
    assert said == (32767, -32768, 255, 0, 32, 31, 0x78123456, 0x12345678, 0x12345678)


@pytest.mark.skipif(shutil.which("arm-none-eabi-gcc") is None, reason="needs arm-none-eabi-gcc")
def test_our_rows_are_measured_without_a_network(monkeypatch):
    """All of ours as firmware is built, and no peer. The floors are far below what tests of lib/dsp ask: adapters and
    references agree on order and scale."""
    for peer in ("cmsis", "emlearn"):
        monkeypatch.setattr(f"bench.dsp.suite.{peer}.engines", lambda: [])
    monkeypatch.setattr("bench.dsp.ours.engines.SETTINGS", {"size": ["-Os"]})
    found = suite()
    rows, failed = run.measured(replace(found, needs=[]), found.engines, quiet), []
    assert {(row.engine.case, row.target) for row in rows} == {(c.name, t) for c in found.cases for t in found.targets}
    for row in rows:
        floor = 25 if row.engine.case.startswith("rfft-quiet") else 40
        if row.failure or row.figures.verdict.snr_db is None or row.figures.verdict.snr_db < floor:
            failed.append((row.engine.case, row.engine.name, row.target, row.figures.verdict, row.failure))
    assert not failed


def test_the_published_page_has_the_rows_of_the_suite():
    published(SUITE)
