"""A recorded session of the serial line, read back: the samples that were fed, as recordings, with what the board said.

Samples are on the line only where somebody feeds them, so a session of a board with its own sensor holds reports alone.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from fieldmouse.recording import DataError, Recording, Span

FORM = 1  # of the file: the value of `session` in its first row
NOT_REPORTS = frozenset({"ack", "error", "boot", "stream", "class", "param", "sensor", "stats", "bench"})


def is_report(line: Mapping[str, Any]) -> bool:
    """Whether a line from the board is a report of its app, and no answer, nor the fault of a sensor."""
    return line.get("ev") not in NOT_REPORTS and "sensor" not in line


@dataclass(frozen=True)
class Session:
    """One file: what the board said of itself, each recording that was fed to it, and the reports that each caused."""

    boot: dict[str, Any]
    recordings: list[Recording]
    reports: list[list[dict[str, Any]]]


@dataclass
class _Taken:
    """What has been fed since the last restart."""

    frames: dict[int, list[np.ndarray]] = field(default_factory=dict)
    reports: list[dict[str, Any]] = field(default_factory=list)
    labels: list[tuple[float, str]] = field(default_factory=list)  # from which second on


class _Reader:
    """Follows one session row by row."""

    def __init__(self, path: Path, group: str) -> None:
        self.path, self.group = path, group
        self.boot: dict[str, Any] = {}
        self.streams: dict[int, dict[str, Any]] = {}
        self.found: list[Recording] = []
        self.reports: list[list[dict[str, Any]]] = []
        self._asked = 0  # how many `info` wait for their boot line: any other boot line is a restart
        self._resets = 0  # how many `reset` wait for their ack
        self._label = ""
        self._waiting: dict[
            tuple[int, int], bytes
        ] = {}  # sent and not acknowledged; a banner that came late leaves it alone
        self._begin()

    def _begin(self) -> None:
        self._taken = _Taken(labels=[(0.0, self._label)] if self._label else [])
        self._applied: set[tuple[int, int]] = set()

    def sent(self, text: str) -> None:
        verb, *words = text.split() or [""]
        if verb == "info":
            self._asked += 1
        elif verb == "reset":
            self._resets += 1
        elif verb == "feed" and len(words) == 3:
            try:
                self._waiting[int(words[0]), int(words[1])] = base64.b64decode(words[2], validate=True)
            except (ValueError, binascii.Error):
                return  # the board refuses it too

    def received(self, line: Mapping[str, Any]) -> None:
        event = line.get("ev")
        if event == "boot":
            self.boot.update(line)
            if self._asked:
                self._asked -= 1
            else:
                self.close()
        elif event == "stream":
            self.streams[line["id"]] = dict(line)
        elif event == "ack" and "seq" in line:
            self._apply((line["stream"], line["seq"]))
        elif event == "ack" and line.get("verb") == "reset" and self._resets:
            self._resets -= 1
            self.close()
        elif is_report(line):
            self._taken.reports.append(dict(line))

    def _apply(self, key: tuple[int, int]) -> None:
        """The board took these frames; by now it has said how many channels they have, for it answers in order."""
        if key in self._waiting and key not in self._applied:
            self._applied.add(key)
            frames = np.frombuffer(self._waiting.pop(key), dtype="<i2").reshape(-1, self.streams[key[0]]["channels"])
            self._taken.frames.setdefault(key[0], []).append(frames.astype(np.int16))

    def _seconds(self) -> float:
        rows = self._taken.frames.items()
        return max((sum(map(len, parts)) / self.streams[stream]["rate_hz"] for stream, parts in rows), default=0.0)

    def label(self, name: str) -> None:
        self._label = name
        self._taken.labels.append((self._seconds(), name))

    def close(self) -> None:
        """The end of one recording, at a restart or at the end of the file."""
        taken, end = self._taken, self._seconds()
        self._begin()
        if not taken.frames:
            return
        starts = [start for start, _ in taken.labels] + [end]
        truth = [
            Span(start, stop, name)
            for (start, name), stop in zip(taken.labels, starts[1:], strict=True)
            if name and stop > start
        ]
        rates = {stream: self.streams[stream]["rate_hz"] for stream in taken.frames}
        frames = {stream: np.concatenate(parts) for stream, parts in taken.frames.items()}
        name = f"{self.path.stem}-{len(self.found) + 1}"
        self.found.append(Recording(name, {self.group: self.path.stem}, rates, frames, tuple(truth)))
        self.reports.append(taken.reports)


def _rows(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    lines = path.read_text(encoding="utf-8").splitlines()
    for number, line in enumerate(lines, 1):
        try:
            row = json.loads(line)
            if not isinstance(row, dict):
                raise ValueError
        except ValueError:
            if number == len(lines):
                return  # cut off while it was written
            raise DataError(f"{path}:{number}: not a row of a recorded session: {line[:80]!r}") from None
        yield number, row


def is_session(path: Path) -> bool:
    """Whether a file is a recorded session, by its first row."""
    try:
        with path.open(encoding="utf-8") as file:
            return path.suffix == ".jsonl" and "session" in json.loads(file.readline())
    except (OSError, ValueError, TypeError):
        return False


def load_session(path: Path, group: str) -> Session:
    """Read a session. Only frames that the board acknowledged count, each once; a `reset` or a restart of the board ends one recording.

    All of a session are one subject of the grouping `group`, named as the file. DataError for a file that is no session, or
    holds no samples.
    """
    reader = _Reader(path, group)
    for number, row in _rows(path):
        if number == 1 and row.get("session") != FORM:
            raise DataError(f"{path}: not a session that `inv monitor --record` wrote, in the form {FORM}")
        try:
            if "tx" in row:
                reader.sent(row["tx"])
            elif "rx" in row:
                reader.received(row["rx"])
            elif "label" in row:
                reader.label(row["label"])
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise DataError(f"{path}:{number}: damaged row ({error!r})") from None
    reader.close()
    if not reader.found:
        raise DataError(
            f"{path}: no samples were fed in this session, and a board does not send those of its own sensor: there is nothing to "
            "replay; its reports can be read with any tool for JSON Lines"
        )
    return Session(reader.boot, reader.found, reader.reports)
