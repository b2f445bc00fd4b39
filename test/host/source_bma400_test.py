"""The driver of the BMA400 against the part's model: what it measures, and whatever goes wrong."""

from __future__ import annotations

import numpy as np
import pytest
from source_support import NOBODY, REFUSED, STUCK, Bench

from orchestrator.emulator.parts.bma400 import Bma400

STEP_MG = 1000 / 256
START_MS = 200


def signal(n: int, seed: int = 1) -> np.ndarray:
    return np.random.default_rng(seed).integers(-9000, 9000, (n, 3)).astype(np.int16)


def measured(frames: np.ndarray) -> np.ndarray:
    """What a sensor of 12 bits and ±8 g makes of them, in mg rounded to nearest, halves up."""
    steps = np.clip(np.rint(frames / STEP_MG), -2048, 2047)
    return np.floor(steps * STEP_MG + 0.5).astype(np.int16)


def bench(frames: np.ndarray, rate_hz: int = 50, **faults: str) -> Bench:
    return Bench(Bma400(frames, **faults), "bma400", rate_hz)


@pytest.mark.parametrize("rate_hz", [25, 50, 100, 200, 400, 800])
def test_every_sample_comes_once_and_in_order(rate_hz: int) -> None:
    frames = signal(3 * rate_hz)
    states, got = bench(frames, rate_hz).run(START_MS + 4400)
    assert states[:2] == ["starting", "good"]
    assert np.array_equal(got, measured(frames))


def test_the_range_is_held_at_its_ends() -> None:
    frames = np.tile(np.array([[32767, -32768, 7990]], dtype=np.int16), (60, 1))
    _, got = bench(frames).run(START_MS + 3000)
    assert (got == [7996, -8000, 7988]).all()


def test_a_part_that_nobody_hears_for_long_tells_that_samples_were_lost() -> None:
    device = bench(signal(1000))
    device.run(START_MS)
    device.now_ms += 4000  # 1,400 bytes in a FIFO of 1,024
    assert device.step()[0] == "overrun"
    states, got = device.run(START_MS + 2000)
    assert states[:2] == ["starting", "good"]
    assert len(got) > 50


def test_one_that_stops_sampling_is_told() -> None:
    states, got = bench(signal(50)).run(6000)
    assert states[:3] == ["starting", "good", "silent"]
    assert len(got) == 50


@pytest.mark.parametrize(
    ("faults", "told"),
    [
        ({"absent": ""}, "absent"),
        ({"id": "91"}, "other"),
        ({"unsound": ""}, "unsound"),
        ({"held": ""}, "bus"),
        ({"garbled_at": "30"}, "garbled"),
    ],
)
def test_each_fault_of_the_part_is_named(faults: dict[str, str], told: str) -> None:
    states, got = bench(signal(100), **faults).run(1500)
    assert told in states
    assert told == "garbled" or not len(got)


@pytest.mark.parametrize("rate_hz", [0, 12, 51, 1600, 2**32 - 1])
def test_a_rate_that_the_part_has_not_is_told(rate_hz: int) -> None:
    device = bench(signal(10), rate_hz)
    assert device.step()[0] == "rate"
    assert device.transfers == 0


@pytest.mark.parametrize("how", [NOBODY, REFUSED, STUCK])
def test_a_transfer_that_breaks_off_anywhere_is_told_and_mended(how: int) -> None:
    """Whichever transfer it is: a fault once, then a new start, and never a frame that was not measured."""
    frames = signal(400)
    whole = bench(frames)
    whole.run(START_MS + 1500)
    assert whole.transfers > 15
    expected = measured(frames)
    for broken in range(whole.transfers):
        device = bench(frames)
        device.break_at, device.how = broken, how
        states, got = device.run(START_MS + 3000)
        fault = "absent" if how == NOBODY else "bus"
        assert [s for s in states if s not in ("starting", "good")] == [fault], broken
        assert states[-1] == "good"
        rows = {tuple(row) for row in expected.tolist()}
        assert len(got) > 30
        assert all(tuple(row) in rows for row in got.tolist())


def test_a_time_that_wraps_changes_nothing() -> None:
    frames = signal(200)
    _, wanted = bench(frames).run(3000)
    for began_ms in (2**32 - 60, 2**32 - 1000):
        _, got = Bench(Bma400(frames), "bma400", 50, began_ms).run(3000)
        assert np.array_equal(got, wanted)
