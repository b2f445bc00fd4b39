"""`inv test --on rig` on rigs whose boards are emulated: from the lock to the answer, and each way in which a board fails."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest
from rig_support import BUILD, emulated, stand_in, write_rig

from orchestrator import testing
from orchestrator.project import ROOT, UserError, find_env
from orchestrator.rig import hold, read_rig, run, run_rig
from orchestrator.rig.run import Outcome
from orchestrator.testing import Count

REAL = """[[board]]
name = "absent"
board = "atmega328p"
serial = "0000000000000000"
port = "/dev/serial/by-id/usb-there-is-none"
"""
# Each of these opens the port anew, and takes little time.
QUICK = "test_build_id or test_info or test_an_empty_line or test_a_gap or test_each_refusal and unknown"


def invoke(rig: Path, only: str, **settings: str) -> tuple[int, dict, str]:
    """Status, document and words of `inv test --on rig`, whose pytest has the plugin."""
    path = os.pathsep.join([str(ROOT / "test" / "host"), os.environ.get("PYTHONPATH", "")])
    done = subprocess.run(
        [sys.executable, "-m", "invoke", "test", "--on", "rig", "--rig", str(rig), "--only", only, "--json"],
        cwd=ROOT, env={**os.environ, "PYTHONPATH": path, "PYTEST_ADDOPTS": "-p rig_plugin", **settings},
        stdin=subprocess.DEVNULL, capture_output=True, text=True,
    )  # fmt: skip
    return done.returncode, json.loads(done.stdout or "{}"), done.stderr


def test_a_rig_is_flashed_proved_and_tested_and_what_fails_spoils_nothing_else(tmp_path: Path) -> None:
    rig = write_rig(
        tmp_path,
        REAL,
        emulated(tmp_path, "dies", env="cattle-host"),
        emulated(tmp_path, "first", "nrf52840", "cattle-nrf52840"),
        emulated(tmp_path, "second", env="cattle-host"),
    )
    status, said, words = invoke(rig, QUICK)
    assert status == 1, words
    rows = said["boards"]
    assert list(rows) == ["absent", "dies", "first", "second"]
    assert rows["second"] == rows["first"] | {"board": "host", "emulator": "process"}
    assert (rows["first"]["board"], rows["first"]["emulator"]) == ("nrf52840", "Unicorn")
    assert rows["first"]["passed"] >= 5
    assert (rows["first"]["failed"], rows["first"]["faults"]) == (0, [])

    assert (rows["dies"]["passed"], rows["dies"]["failed"]) == (1, run.MOST_FAILURES + 1)
    tests, gone = rows["dies"]["faults"]
    assert tests == f"cattle-host: {run.MOST_FAILURES} tests failed"
    assert "cattle-host: cannot use emu://host?fw=" in gone

    assert (rows["absent"]["passed"], rows["absent"]["failed"]) == (0, 1)
    assert (
        "is not connected: there is no USB device with the serial number 0000000000000000"
        in rows["absent"]["faults"][0]
    )
    assert said["passed"] == sum(row["passed"] for row in rows.values())
    assert said["failed"] == sum(row["failed"] for row in rows.values())
    for name, row in rows.items():
        for fault in row["faults"]:
            assert f"{name}: {fault}" in words
    assert "at emu://host?fw=" in words
    assert "it says that it runs app" in words
    assert not any(path.read_bytes() for path in (tmp_path / "locks").iterdir()), "every board was given back"


@pytest.fixture
def images(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Envs of the host are built: their image is the stand-in. Where it lies."""
    monkeypatch.setenv("PLATFORMIO_BUILD_DIR", str(tmp_path / "build"))
    for env in ("cattle-host", "cattle-host-small"):
        stand_in(tmp_path / "build" / env / "firmware.elf")
    monkeypatch.setattr(run, "build", lambda _env, quiet: None)
    monkeypatch.setattr(run, "build_id", lambda _image: BUILD)
    monkeypatch.setattr("orchestrator.flash.flashing.build_id", lambda _image: BUILD)
    return tmp_path / "build" / "cattle-host" / "firmware.elf"


def they_say(monkeypatch: pytest.MonkeyPatch, outcome: Callable[..., Count]) -> None:
    """Stands for the run of test/target."""
    monkeypatch.setattr(run, "run_target", outcome)


def by_name(outcomes: list[Outcome]) -> dict[str, Outcome]:
    return {outcome.row.name: outcome for outcome in outcomes}


def test_a_board_that_somebody_holds_is_a_failure_and_the_other_is_tested(tmp_path, images, monkeypatch) -> None:
    they_say(monkeypatch, lambda *_: Count(passed=3))
    boards = [emulated(tmp_path, name, env="cattle-host") for name in ("a", "b")]
    path = write_rig(tmp_path, *boards, settings="wait_s = 0.3")
    held = read_rig(path).boards[0]
    with hold(tmp_path / "locks", held.key, 0, print):
        done = by_name(run_rig(path, "", []))
    assert done["a"].count.failed == 1
    assert "held by " in done["a"].faults[0]
    assert f"(pid {os.getpid()}, since" in done["a"].faults[0]
    assert not (tmp_path / "a.elf").exists(), "nothing is flashed without the lock"
    assert (done["b"].count.passed, done["b"].faults) == (3, [])
    assert by_name(run_rig(path, "", []))["a"].count == Count(passed=3)


def test_a_stale_image_is_not_tested(tmp_path, images, monkeypatch) -> None:
    """Flashing said that it went well, and the board runs what it ran before."""
    they_say(monkeypatch, lambda *_: pytest.fail("a stale image was tested"))
    stand_in(tmp_path / "a.elf", "99999999")
    monkeypatch.setattr("orchestrator.flash.flashing.shutil.copyfile", lambda _image, part: stand_in(part, "99999999"))
    (done,) = run_rig(write_rig(tmp_path, emulated(tmp_path, "a", env="cattle-host")), "", [])
    assert done.count == Count(failed=1)
    assert "runs build 99999999, not 0123abcd" in done.faults[0]


def test_an_image_that_changes_under_the_tests_is_a_failure(tmp_path, images, monkeypatch) -> None:
    def reflashed(*_arguments: object) -> Count:
        stand_in(tmp_path / "a.elf", "99999999")
        return Count(passed=3)

    they_say(monkeypatch, reflashed)
    (done,) = run_rig(write_rig(tmp_path, emulated(tmp_path, "a", env="cattle-host")), "", [])
    assert done.count == Count(passed=3, failed=1)
    assert "runs build 99999999, not 0123abcd" in done.faults[0]


def test_an_empty_selection_is_a_failure(tmp_path, images) -> None:
    path = write_rig(tmp_path, emulated(tmp_path, "a", env="cattle-host"))
    (done,) = run_rig(path, "", ["-k", "there_is_no_such_test"])
    assert done.count == Count(failed=1)
    assert done.faults == ["cattle-host: no test was selected, which is a failure"]
    with pytest.raises(UserError, match="no board is 'c'; there are: a, host"):
        run_rig(path, "c", [])


def test_every_env_of_a_board_is_tested_and_one_that_does_not_build_spoils_no_other(
    tmp_path, images, monkeypatch
) -> None:
    def build(env, quiet) -> None:
        if env.name == "cattle-host":
            raise UserError("it does not compile")

    called = []
    monkeypatch.setattr(run, "build", build)
    they_say(
        monkeypatch,
        lambda env, port, filters, name, timeout_s: called.append((env.name, port, name, timeout_s)) or Count(passed=2),
    )
    path = write_rig(tmp_path, emulated(tmp_path, "a"), settings="timeout_s = 9")
    (done,) = run_rig(path, "", [])
    assert done.faults == ["cattle-host: it does not compile"]
    assert done.count == Count(passed=2, failed=1)
    assert called == [("cattle-host-small", read_rig(path).boards[0].port, "a-cattle-host-small", 9.0)]


def test_boards_are_flashed_one_after_the_other(tmp_path, images, monkeypatch) -> None:
    flashing = threading.Lock()

    def build(_env, quiet) -> None:
        assert flashing.acquire(blocking=False), "two at once"
        time.sleep(0.05)
        flashing.release()

    monkeypatch.setattr(run, "build", build)
    monkeypatch.setattr(run.os, "cpu_count", lambda: 3)
    they_say(monkeypatch, lambda *_: Count(passed=1))
    boards = [emulated(tmp_path, name, env="cattle-host") for name in ("a", "b", "c")]
    assert [done.faults for done in run_rig(write_rig(tmp_path, *boards), "", [])] == [[], [], []]


def test_a_port_is_opened_at_the_boards_rate(monkeypatch) -> None:
    called = []
    monkeypatch.setattr(testing, "_pytest", lambda *what: called.append(what))
    monkeypatch.setattr(testing, "uart_baud", lambda board: {"nrf52840": 230400}[board])
    testing.run_target(find_env("cattle", "nrf52840"), "/dev/x", ["-k", "y"])
    said = ["--port", "/dev/x", "--baud", "230400", "--env", "cattle-nrf52840", "-k", "y"]
    assert called == [("cattle-nrf52840", ["test/target", "--embedded-services", "serial", *said], None)]


def test_tests_that_take_too_long_are_ended(tmp_path, images, monkeypatch) -> None:
    stall(tmp_path, monkeypatch.setenv)
    path = write_rig(tmp_path, emulated(tmp_path, "a", env="cattle-host"), settings="timeout_s = 3")
    (done,) = run_rig(path, "", [])
    assert done.count == Count(failed=1)
    assert done.faults == ["cattle-host: 1 tests failed"]
    assert is_gone(int((tmp_path / "stalled").read_text()))


def stall(folder: Path, put: Callable[[str, str], object]) -> None:
    """Have the rig's pytest do nothing once it has told its id."""
    put("PYTHONPATH", str(ROOT / "test" / "host"))
    put("PYTEST_ADDOPTS", "-p rig_plugin")
    put("RIG_STALLS", str(folder / "stalled"))


def is_gone(pid: int) -> bool:
    return not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE


def until(what: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not what():
        assert time.monotonic() < deadline
        time.sleep(0.05)


HOLDER = """
import sys
from pathlib import Path
from orchestrator.flash import flashing
from orchestrator.rig import run, run_rig
run.build = lambda _env, quiet: None
run.build_id = flashing.build_id = lambda _image: sys.argv[2]
run_rig(Path(sys.argv[1]), "", [])
"""


def test_when_the_whole_run_is_killed_its_tests_end_and_the_board_is_free(tmp_path, images) -> None:
    path = write_rig(tmp_path, emulated(tmp_path, "a", env="cattle-host"))
    settings = dict(os.environ)
    stall(tmp_path, settings.__setitem__)
    with subprocess.Popen([sys.executable, "-c", HOLDER, str(path), BUILD], cwd=ROOT, env=settings) as first:
        until((tmp_path / "stalled").exists)
        tests = int((tmp_path / "stalled").read_text())
        assert not is_gone(tests)
        os.kill(first.pid, signal.SIGKILL)
    until(lambda: is_gone(tests))
    with hold(tmp_path / "locks", read_rig(path).boards[0].key, 0, pytest.fail):
        pass


def test_who_ends_a_run_that_waits_for_a_board_waits_no_longer(tmp_path, images) -> None:
    path = write_rig(tmp_path, emulated(tmp_path, "a", env="cattle-host"), settings="wait_s = 600")
    with (
        hold(tmp_path / "locks", read_rig(path).boards[0].key, 0, pytest.fail),
        subprocess.Popen(
            [sys.executable, "-c", HOLDER, str(path), BUILD], cwd=ROOT, stderr=subprocess.PIPE, text=True
        ) as one,
    ):
        assert "waiting for up to 600 s" in one.stderr.readline()
        os.kill(one.pid, signal.SIGINT)
        try:
            assert one.wait(30) != 0
        finally:
            one.kill()
    assert not (tmp_path / "a.elf").exists()
