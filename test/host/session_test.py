"""A recorded session read back: only what the board took counts, once, and a restart ends a recording."""

from __future__ import annotations

import base64
import json
from pathlib import Path

import numpy as np
import pytest

from fieldmouse.recording import DataError, Span
from fieldmouse.session import is_session, load_session
from orchestrator.project import UserError
from orchestrator.recorder import Recorder
from orchestrator.rows import SESSION
from orchestrator.training import recordings

STREAM = {"rx": {"ev": "stream", "id": 0, "of": 1, "name": "acc", "rate_hz": 2, "channels": 3, "unit": "mg"}}
BOOT = {"rx": {"ev": "boot", "app": "an_app", "board": "host", "build": "1", "model": "m"}}
HEAD = [{"session": 1, "port": "emu://host"}, {"tx": "info"}, BOOT, STREAM]


def frames(first: int, n: int = 2) -> np.ndarray:
    return np.arange(first, first + 3 * n, dtype=np.int16).reshape(n, 3)


def feed(seq: int, first: int, n: int = 2) -> dict:
    return {"tx": f"feed 0 {seq} {base64.b64encode(frames(first, n).astype('<i2').tobytes()).decode()}"}


def ack(seq: int) -> dict:
    return {"rx": {"ev": "ack", "stream": 0, "seq": seq}}


RESET = [{"tx": "reset"}, {"rx": {"ev": "ack", "verb": "reset"}}]


def written(tmp_path: Path, *rows: dict) -> Path:
    path = tmp_path / "cow 7.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def test_what_was_acknowledged_comes_back_once_and_in_order(tmp_path: Path) -> None:
    report = {"ev": "window", "n": 1, "t_ms": 1000, "class": "x"}
    path = written(
        tmp_path, *HEAD, feed(0, 0), feed(1, 6), ack(0), feed(1, 6), ack(1), {"rx": report}, ack(1), feed(1, 6), ack(1),
        feed(3, 99), {"rx": {"ev": "error", "error": "seq", "want": 2}}, feed(2, 12), ack(2),
    )  # fmt: skip
    session = load_session(path, "cow")
    assert is_session(path)
    assert session.boot["model"] == "m"
    (recording,) = session.recordings
    assert np.array_equal(recording.streams[0], np.concatenate([frames(0), frames(6), frames(12)]))
    assert (recording.rate_hz, recording.groups, recording.truth) == ({0: 2}, {"cow": "cow 7"}, ())
    assert session.reports == [[report]]


def test_a_reset_and_a_restart_end_a_recording_and_asking_who_it_is_does_not(tmp_path: Path) -> None:
    path = written(
        tmp_path, *HEAD, feed(0, 0), ack(0), {"tx": "info"}, BOOT, feed(1, 6), ack(1), *RESET, feed(0, 30), ack(0),
        BOOT, feed(0, 60), ack(0), *RESET,
    )  # fmt: skip
    found = load_session(path, "cow").recordings
    assert [len(one.streams[0]) for one in found] == [4, 2, 2]
    assert [one.streams[0][0, 0] for one in found] == [0, 30, 60]
    assert [one.id for one in found] == ["cow 7-1", "cow 7-2", "cow 7-3"]


def test_a_banner_that_comes_with_the_answer_to_info_loses_nothing(tmp_path: Path) -> None:
    path = written(tmp_path, *HEAD[:2], feed(0, 0), feed(1, 6), BOOT, BOOT, STREAM, ack(0), ack(1))
    (recording,) = load_session(path, "cow").recordings
    assert np.array_equal(recording.streams[0], np.concatenate([frames(0), frames(6)]))


def test_labels_hold_from_the_sample_at_which_they_were_given(tmp_path: Path) -> None:
    path = written(
        tmp_path, *HEAD, {"label": "lying"}, feed(0, 0), ack(0), {"label": "grazing"}, feed(1, 6), ack(1), {"label": ""},
        feed(2, 0), ack(2), {"label": "lying"}, *RESET, feed(0, 0), ack(0),
    )  # fmt: skip
    first, second = load_session(path, "cow").recordings
    assert first.truth == (Span(0.0, 1.0, "lying"), Span(1.0, 2.0, "grazing"))
    assert second.truth == (Span(0.0, 1.0, "lying"),)


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([{"anything": 1}], "not a session"),
        ([{"session": 99}, *HEAD[1:]], "in the form 1"),
        (HEAD, "no samples were fed in this session"),
        ([*HEAD, feed(0, 0)], "no samples were fed in this session"),
        ([*HEAD, {"rx": {"ev": "ack", "seq": 0}}, ack(0)], ":5: damaged row"),
    ],
)  # fmt: skip
def test_what_is_no_session_or_holds_nothing_is_refused_with_its_place(rows, said, tmp_path: Path) -> None:
    with pytest.raises(DataError, match=said):
        load_session(written(tmp_path, *rows), "cow")


def test_a_file_that_was_cut_off_is_read_up_to_there_and_a_damaged_row_is_named(tmp_path: Path) -> None:
    path = written(tmp_path, *HEAD, feed(0, 0), ack(0), feed(1, 6))
    path.write_text(path.read_text()[:-10])
    assert len(load_session(path, "cow").recordings[0].streams[0]) == 2
    path.write_text(path.read_text() + "\n" + json.dumps(ack(1)) + "\n")
    with pytest.raises(DataError, match=r"cow 7\.jsonl:7: not a row"):
        load_session(path, "cow")


def test_another_apps_session_is_refused_and_no_file_is_overwritten(tmp_path: Path) -> None:
    path = written(tmp_path, *HEAD, feed(0, 0), ack(0))
    with pytest.raises(DataError, match="a board that ran an_app, not cattle: give --app an_app"):
        recordings("cattle", str(path))
    own = tmp_path / "own.jsonl"
    own.write_text(path.read_text().replace("an_app", "cattle"))
    name, found = recordings("cattle", str(own))
    assert (name, [one.id for one in found]) == (SESSION, ["own-1"])
    with pytest.raises(UserError, match="is not overwritten"):
        Recorder(path, "emu://host")


def test_what_the_recorder_writes_is_what_the_reader_reads(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "new.jsonl"
    recorder = Recorder(path, "emu://host")
    recorder.sent("info")
    recorder.received(BOOT["rx"])
    recorder.received(STREAM["rx"])
    recorder.label("lying")
    recorder.sent(feed(0, 0)["tx"] + " *1234")
    recorder.received(ack(0)["rx"])
    assert np.array_equal(load_session(path, "cow").recordings[0].streams[0], frames(0))  # each row is there at once
    recorder.close()
