"""`inv monitor --record` at a running board: the session holds what was fed, and replays to the same answers."""

from __future__ import annotations

import os
import threading
import time
from pathlib import Path

import numpy as np
import pytest

from fieldmouse.session import load_session
from orchestrator import monitor
from orchestrator.demo import condense
from orchestrator.link import Node
from orchestrator.project import Env
from orchestrator.training import recipe

DECISIONS = 3


def _type(fd: int, lines: list[bytes], record: Path, window: int) -> None:
    """Somebody who types feeds as fast as the board takes them: the record tells what it acknowledged."""
    for number, line in enumerate(lines):
        while not record.exists() or record.read_text().count('"ev":"ack","stream"') < number + 1 - window:
            time.sleep(0.01)
        os.write(fd, line)
    os.close(fd)


@pytest.mark.once
@pytest.mark.emulated
def test_a_recorded_session_holds_what_was_fed_and_said(
    port: str, env: Env, host_app, tmp_path: Path, monkeypatch
) -> None:
    models = recipe(env.app)
    step_s = models.train.STEP_S
    recording = max(
        condense(models.simulate.demonstration(1), models.train.GROUP, step_s, DECISIONS), key=lambda r: r.seconds
    )
    with Node(port) as node:
        reports = node.feed(recording)
        window = node.facts.boot["window"]
        lines = [data.partition(b" *")[0] + b"\n" for _, data in node._feeds(recording)]
    record = tmp_path / "session.jsonl"
    typed, hand = os.pipe()
    monkeypatch.setattr("sys.stdin", os.fdopen(typed))
    monkeypatch.setattr(monitor, "PIPED_ANSWERS_S", 1.0)
    thread = threading.Thread(target=_type, args=(hand, [b"# a label\n", *lines], record, window), daemon=True)
    thread.start()
    monitor.monitor(port, str(record))
    thread.join()
    session = load_session(record, models.train.GROUP)
    (again,) = session.recordings
    assert session.boot["model"] == host_app.model_hash
    assert {i: x.tolist() for i, x in again.streams.items()} == {i: x.tolist() for i, x in recording.streams.items()}
    assert all(np.array_equal(again.rate_hz[i], recording.rate_hz[i]) for i in recording.streams)
    assert [span.label for span in again.truth] == ["a label"]
    assert reports
    assert session.reports == [reports]
    assert host_app.run(again).reports == reports
