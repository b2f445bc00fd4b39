"""Each driver of an accelerometer against its part's model: what it measures, and whatever goes wrong."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from source_support import NOBODY, REFUSED, STUCK, Bench

from orchestrator.emulator.parts import KINDS
from orchestrator.project import ROOT

START_MS = 250


@dataclass(frozen=True)
class Kind:
    """What a driver's header promises."""

    step_mg: float
    rates_hz: tuple[int, ...]
    no_rates_hz: tuple[int, ...]
    formatted: bool  # its FIFO has a format that can be garbled

    def measured(self, frames: np.ndarray) -> np.ndarray:
        """What 12 bits make of them, in mg rounded to nearest, halves up."""
        steps = np.clip(np.rint(frames / self.step_mg), -2048, 2047)
        return np.floor(steps * self.step_mg + 0.5).astype(np.int16)


PARTS = {
    "bma400": Kind(1000 / 256, (25, 50, 100, 200, 400, 800), (0, 12, 51, 1600, 2**32 - 1), True),
    "lis2dh12": Kind(4, (1, 10, 25, 50, 100, 200, 400), (0, 12, 51, 800, 2**32 - 1), False),
}
RATES = [(name, rate) for name, kind in PARTS.items() for rate in kind.rates_hz]
NO_RATES = [(name, rate) for name, kind in PARTS.items() for rate in kind.no_rates_hz]
FAULTS: list[tuple[dict[str, str], str]] = [
    ({"absent": ""}, "absent"),
    ({"id": "91"}, "other"),
    ({"unsound": ""}, "unsound"),
    ({"held": ""}, "bus"),
    ({"garbled_at": "30"}, "garbled"),
]
each_part = pytest.mark.parametrize("name", PARTS)


def signal(n: int, seed: int = 1) -> np.ndarray:
    return np.random.default_rng(seed).integers(-9000, 9000, (n, 3)).astype(np.int16)


def bench(name: str, frames: np.ndarray, rate_hz: int = 50, began_ms: int = 0, **faults: Any) -> Bench:
    return Bench(KINDS[name](frames, **faults), name, rate_hz, began_ms)


def test_every_driver_is_tested() -> None:
    drivers = {path.stem.removeprefix("source_") for path in (ROOT / "lib" / "source").glob("source_*.c")}
    assert set(PARTS) == drivers - {"feed", "sensor", "i2c"} == set(KINDS)


@pytest.mark.parametrize(("name", "rate_hz"), RATES)
def test_every_sample_comes_once_and_in_order(name: str, rate_hz: int) -> None:
    frames = signal(3 * rate_hz)
    states, got = bench(name, frames, rate_hz).run(START_MS + 4400 + 40000 * (rate_hz < 25))
    assert states[:2] == ["starting", "good"]
    assert np.array_equal(got, PARTS[name].measured(frames))


@each_part
def test_the_range_is_held_at_its_ends(name: str) -> None:
    frames = np.tile(np.array([[32767, -32768, 1000]], dtype=np.int16), (60, 1))
    _, got = bench(name, frames).run(START_MS + 3000)
    assert len(got) == 60
    assert np.array_equal(got, PARTS[name].measured(frames))


@each_part
def test_a_part_that_nobody_hears_for_long_tells_that_samples_were_lost(name: str) -> None:
    device = bench(name, signal(1000))
    device.run(START_MS)
    device.now_ms += 4000  # 1,400 bytes in a FIFO of 1,024; 200 frames in one of 32
    assert device.step()[0] == "overrun"
    states, got = device.run(START_MS + 2000)
    assert states[:2] == ["starting", "good"]
    assert len(got) > 50


@each_part
def test_one_that_stops_sampling_is_told(name: str) -> None:
    states, got = bench(name, signal(50)).run(6000)
    assert states[:3] == ["starting", "good", "silent"]
    assert len(got) == 50


@each_part
@pytest.mark.parametrize(("faults", "told"), FAULTS)
def test_each_fault_of_the_part_is_named(name: str, faults: dict[str, str], told: str) -> None:
    if told == "garbled" and not PARTS[name].formatted:
        with pytest.raises(ValueError, match="no format"):
            bench(name, signal(10), **faults)
        return
    states, got = bench(name, signal(100), **faults).run(1500)
    assert told in states
    assert told == "garbled" or not len(got)


@pytest.mark.parametrize(("name", "rate_hz"), NO_RATES)
def test_a_rate_that_the_part_has_not_is_told(name: str, rate_hz: int) -> None:
    device = bench(name, signal(10), rate_hz)
    assert device.run(20)[0][:2] == ["starting", "rate"]
    assert device.transfers == 0


@each_part
@pytest.mark.parametrize("how", [NOBODY, REFUSED, STUCK])
def test_a_transfer_that_breaks_off_anywhere_is_told_and_mended(name: str, how: int) -> None:
    """Whichever transfer it is: a fault once, then a new start, and never a frame that was not measured."""
    frames = signal(400)
    whole = bench(name, frames)
    whole.run(START_MS + 1200)
    assert whole.transfers > 15
    measured = {tuple(row) for row in PARTS[name].measured(frames).tolist()}
    for broken in range(whole.transfers):
        device = bench(name, frames)
        device.break_at, device.how = broken, how
        states, got = device.run(START_MS + 2500, pause_ms=2)
        fault = "absent" if how == NOBODY else "bus"
        assert [s for s in states if s not in ("starting", "good")] == [fault], broken
        assert states[-1] == "good"
        assert len(got) > 30
        assert all(tuple(row) in measured for row in got.tolist())


@each_part
@pytest.mark.parametrize("began_ms", [2**32 - 60, 2**32 - 1000])
def test_a_time_that_wraps_changes_nothing(name: str, began_ms: int) -> None:
    frames = signal(200)
    _, wanted = bench(name, frames).run(3000)
    _, got = bench(name, frames, began_ms=began_ms).run(3000)
    assert len(wanted) > 100
    assert np.array_equal(got, wanted)
