"""The board's own sensor, on the emulated bus: the same answers as through `feed`, and a fault line for whatever goes wrong."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from fieldmouse.app import App
from fieldmouse.recording import Recording
from orchestrator.link import Line, Node
from orchestrator.project import Env
from orchestrator.training import recipe

pytestmark = [pytest.mark.sensor, pytest.mark.emulated]

SECONDS = 40
STEP_MG = {"bma400": 1000 / 256, "lis2dh12": 4}  # at ±8 g

Attach = Callable[..., Node]


@pytest.fixture(scope="module")
def frames(env: Env) -> np.ndarray:
    recording = recipe(env.app).simulate.demonstration(1)[0]
    return recording.streams[0][: SECONDS * recording.rate_hz[0]]


@pytest.fixture
def attach(env: Env, frames: np.ndarray, tmp_path: Path) -> Iterator[Attach]:
    """Boots the board with its part, which measures `frames`, and has the faults given."""
    np.save(tmp_path / "frames.npy", frames)
    open_nodes: list[Node] = []

    def start(faults: str = "") -> Node:
        node = Node(f"{env.url}&part={part_of(env)}:{tmp_path / 'frames.npy'}{faults and ',' + faults}")
        open_nodes.append(node)
        return node

    yield start
    for node in open_nodes:
        node.close()


@pytest.fixture(scope="module")
def expected(env: Env, host_app: App, frames: np.ndarray) -> list[Line]:
    """What the app says of what the sensor measured, in this process."""
    return host_app.run(
        Recording("measured", {}, {0: host_app.streams[0].rate_hz}, {0: measured(part_of(env), frames)})
    ).reports


def part_of(env: Env) -> str:
    return env.sensors[0].partition("=")[2]


def measured(part: str, frames: np.ndarray) -> np.ndarray:
    """What 12 bits make of them, in mg rounded to nearest, halves up."""
    step_mg = STEP_MG[part]
    return np.floor(np.clip(np.rint(frames / step_mg), -2048, 2047) * step_mg + 0.5).astype(np.int16)


def lines(node: Node, until: Callable[[Line], bool]) -> list[Line]:
    """What the board says, up to and with the line that is wanted."""
    found: list[Line] = []
    while not found or not until(found[-1]):
        line = node.line()
        assert line is not None, found[-5:]
        found.append(line)
    return found


def windows(found: list[Line]) -> list[Line]:
    """The app's reports: what tells a time in the recording."""
    return [line for line in found if "t_ms" in line]


def is_fault(line: Line) -> bool:
    return "sensor" in line and line["ev"] == "fault"


def test_the_answers_are_those_of_a_feed(attach: Attach, expected: list[Line]) -> None:
    found = lines(attach(), lambda line: is_fault(line) and line["fault"] == "silent")
    assert len(expected) > 5
    assert windows(found) == expected


@pytest.mark.parametrize(
    ("faults", "told"), [("absent", "absent"), ("id=91", "other"), ("unsound", "unsound"), ("held", "bus")]
)
def test_a_sensor_that_fails_is_a_fault_line_and_never_an_answer(attach: Attach, faults: str, told: str) -> None:
    node = attach(faults)
    found = lines(node, is_fault)
    assert (found[-1]["fault"], windows(found)) == (told, [])
    assert node.line(1.0) is None  # told once; it is tried again in silence
    assert node.stats()["reports"] == 0
    node.send("info")
    assert node.wait("sensor")["state"] == told


def test_after_an_outage_a_new_recording_begins(attach: Attach) -> None:
    node = attach("absent-at=5000,absent-to=9000")
    found = lines(node, is_fault)
    assert found[-1]["fault"] == "absent"
    assert [line["n"] for line in windows(found)] == list(range(1, len(windows(found)) + 1))
    found = lines(node, lambda line: line.get("n") == 3)
    assert [line["fault"] for line in found if is_fault(line)] == ["good"]
    assert [line["n"] for line in windows(found)] == [1, 2, 3]


def test_a_bus_that_a_part_holds_is_freed_by_nine_clocks(attach: Attach, expected: list[Line]) -> None:
    found = lines(attach("held-at=3000"), lambda line: line.get("n") == len(expected) - 1)
    assert windows(found) == expected[:-1]


def test_a_feed_overrides_the_sensor_until_the_next_reset(attach: Attach, host_app: App, expected: list[Line]) -> None:
    node = attach()
    node.info()
    rate_hz = host_app.streams[0].rate_hz
    fed = Recording("fed", {}, {0: rate_hz}, {0: np.full((8 * rate_hz, 3), 500, dtype=np.int16)})
    assert node.feed(fed, reset=False) == host_app.run(fed).reports
    assert node.line(0.5) is None  # the sensor is not asked
    node.reset()
    assert windows(lines(node, lambda line: line["ev"] == expected[0]["ev"]))[-1]["n"] == 1


def test_parameters_outlive_an_outage(attach: Attach) -> None:
    node = attach("absent-at=5000,absent-to=6000")
    node.send("set unknown 7")
    assert node.wait("ack")["verb"] == "set"
    lines(node, lambda line: is_fault(line) and line["fault"] == "good")
    assert node.info().params["unknown"]["value"] == 7
