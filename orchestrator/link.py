"""The host's end of the serial line: commands out with their CRC, lines in with theirs checked, feeding with a window."""

from __future__ import annotations

import base64
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import serial

from fieldmouse.app import interleave
from fieldmouse.recording import Recording
from fieldmouse.session import is_report
from orchestrator import emulator
from orchestrator.wire import Line, LinkError, command, crc16, parse

__all__ = ["Facts", "Line", "LinkError", "Node", "command", "crc16", "parse"]

OVERHEAD_BYTES = len("feed 255 4294967295 ") + len(" *FFFF\n")
RETRIES = 8
# Why a board does not take a model, by its word: no use in sending again.
LOAD_REFUSALS = {
    "slot": "its image has no slot for loaded models: give its env a custom_model_slot",
    "room": "the slot is too small for it beside the one in use: `reset` gives back the room of a loaded one",
    "model": "it is no model for this app: rate, features and classes must be the same, and its kind among custom_model_kinds of the env",
    "chunk": "a part of the model came out of order",
    "args": "the board has another form of this command",
}


@dataclass(frozen=True)
class Facts:
    """What `info` answers."""

    boot: Line
    streams: list[Line]
    classes: list[str]
    params: dict[str, Line]


class Node:
    """A board behind a pyserial URL: `/dev/serial/by-id/…`, or `emu://nrf52840?fw=firmware.elf`."""

    def __init__(self, url: str, baud: int = 1_000_000, timeout_s: float = 10.0, quiet_s: float = 0.2) -> None:
        emulator.register()
        self.url = url
        self.timeout_s = timeout_s
        self.quiet_s = quiet_s  # after a refused line, how long the board must say nothing before it is sent again
        self._port = serial.serial_for_url(url, baudrate=baud, timeout=0.05)
        self._buffer = bytearray()
        self._facts: Facts | None = None
        self.damaged = 0  # lines that came in damaged and were passed over

    def close(self) -> None:
        """Close the port; an emulated board ends with it."""
        self._port.close()

    def __enter__(self) -> Node:
        return self

    def __exit__(self, *_exception: object) -> None:
        self.close()

    def _take_line(self) -> bytes | None:
        end = self._buffer.find(b"\n")
        if end < 0:
            return None
        line = bytes(self._buffer[: end + 1])
        del self._buffer[: end + 1]
        return line

    def line(self, timeout_s: float | None = None) -> Line | None:
        """The next whole line, or None when none came in time. A damaged one is counted and passed over."""
        deadline = time.monotonic() + (self.timeout_s if timeout_s is None else timeout_s)
        while True:
            raw = self._take_line()
            if raw is not None:
                try:
                    return parse(raw)
                except LinkError:
                    self.damaged += 1
                    continue
            if time.monotonic() >= deadline:
                return None
            self._buffer += self._port.read(max(1, self._port.in_waiting))

    def wait(self, event: str, timeout_s: float | None = None) -> Line:
        """The next line whose `ev` is `event`; LinkError when it does not come, with what came."""
        deadline = time.monotonic() + (self.timeout_s if timeout_s is None else timeout_s)
        seen: list[Line] = []
        while (left := deadline - time.monotonic()) > 0:
            got = self.line(left)
            if got is None:
                break
            if got["ev"] == event:
                return got
            seen.append(got)
        raise LinkError(f"{self.url}: no {event!r} line in time; the last lines were {seen[-3:]}")

    def send(self, text: str) -> None:
        """Send one command with its CRC."""
        self._port.write(command(text))

    def send_raw(self, data: bytes) -> None:
        """Send bytes as they are."""
        self._port.write(data)

    def info(self) -> Facts:
        """Ask for the boot facts; works whether or not the banner was seen, and leaves nothing of either behind."""
        self.send("info")
        self.send("stats")  # its answer ends the list
        boot: Line | None = None
        rows: dict[str, list[Line]] = {}
        ends = 0
        while ends < 2:
            got = self.line()
            if got is None:
                raise LinkError(
                    f"{self.url}: no answer to `info`; is it a Fieldmouse board, at this rate, and running?"
                )
            if got["ev"] == "boot":
                boot, rows = got, {"stream": [], "class": [], "param": []}
            elif got["ev"] == "stats":
                ends += 1
            elif got["ev"] in rows:
                rows[got["ev"]].append(got)
        if boot is None or any(row["of"] != len(of) for of in rows.values() for row in of):
            raise LinkError(f"{self.url}: the answer to `info` came damaged: {boot} {rows}")
        classes = [row["name"] for row in rows["class"]]
        self._facts = Facts(boot, rows["stream"], classes, {row["name"]: row for row in rows["param"]})
        return self._facts

    @property
    def facts(self) -> Facts:
        """The boot facts, asked for once."""
        return self._facts or self.info()

    def reset(self) -> None:
        """Start a new recording: state, parameters and sequence numbers as after boot."""
        self.send("reset")
        self.wait("ack")

    def stats(self) -> Line:
        """The counters, as one object."""
        self.send("stats")
        return {**self.wait("stats"), **self.wait("stats")}

    def bench(self, decisions: int = 20) -> Line:
        """Cycles a decision takes on pseudo-random input; only before the first feed or after a reset."""
        self.send(f"bench {decisions}")
        return self.wait("bench", timeout_s=60)

    def load(self, blob: bytes) -> Facts:
        """Put a model into the board's slot, and return what `info` says of it; until the last line the old one answers.

        A line that was lost or refused by its CRC is sent again. LinkError when the board has no slot or no room, or refuses the model.
        """
        room = (self.facts.boot["line"] - len("load data 4294967295 ") - len(" *FFFF\n")) // 4 * 3
        self._load_line(f"load begin {len(blob)}")
        for at in range(0, len(blob), room):
            coded = base64.b64encode(blob[at : at + room]).decode("ascii")
            self._load_line(f"load data {at} {coded}")
        self._load_line("load commit")
        return self.info()

    def _load_line(self, text: str) -> None:
        got: Line | None = None
        for _ in range(RETRIES):
            self.send(text)
            got = self._answer()
            if got is not None and got["ev"] == "ack":
                return
            if got is not None and got["error"] in LOAD_REFUSALS:
                break
            self._port.write(b"\n")  # ends a line whose end was lost
            while self.line(self.quiet_s) is not None:
                pass
        what = got["error"] if got else "no answer"
        room = f"; there is room for {got['want']} bytes" if got and got["error"] == "room" else ""
        raise LinkError(f"{self.url}: the board refused `{text[:40]}`: {LOAD_REFUSALS.get(what, what)}{room}")

    def _answer(self) -> Line | None:
        """The next `ack` or `error`; None when none comes."""
        while (got := self.line()) is not None:
            if got["ev"] in ("ack", "error"):
                return got
        return None

    def _feeds(self, recording: Recording) -> Iterator[tuple[tuple[int, int], bytes]]:
        facts = self.facts
        room = (facts.boot["line"] - OVERHEAD_BYTES) // 4 * 3
        chunk = min(room // (2 * row["channels"]) for row in facts.streams)
        counts = [0] * len(facts.streams)
        for stream, frames in interleave(recording, chunk):
            coded = base64.b64encode(np.ascontiguousarray(frames, dtype="<i2").tobytes()).decode("ascii")
            yield (stream, counts[stream]), command(f"feed {stream} {counts[stream]} {coded}")
            counts[stream] += 1

    def feed(
        self, recording: Recording, on_report: Callable[[Line], None] | None = None, reset: bool = True
    ) -> list[Line]:
        """Reset (not with `reset` false, for a model that has just been loaded), feed the whole recording, and return every report that it caused, in order.

        A refused or lost line is sent again, with all that followed it; LinkError after several tries without progress.
        """
        if reset:
            self.reset()
        transfer = _Transfer(list(self._feeds(recording)), self.facts.boot["window"], on_report or (lambda _line: None))
        tries = 0
        while not transfer.done:
            for data in transfer.due():
                self._port.write(data)
            got = self.line(self.timeout_s if tries == 0 else min(1.0, self.timeout_s))
            if got is not None and got["ev"] == "boot":
                raise LinkError(f"{self.url}: the board restarted ({got['reset']}) while it was fed")
            if got is not None and got["ev"] != "error":
                tries = 0 if transfer.take(got) else tries
                continue
            tries += 1
            if tries > RETRIES:
                raise LinkError(f"{self.url}: no progress after line {transfer.first} of {transfer.total}; last: {got}")
            self._port.write(b"\n")  # ends a line whose end was lost
            while (late := self.line(self.quiet_s)) is not None:
                transfer.take(late)
            transfer.go_back()
        return transfer.reports


class _Transfer:
    """Which lines of a feed are under way and which have arrived: go-back-N."""

    def __init__(
        self, lines: list[tuple[tuple[int, int], bytes]], window: int, on_report: Callable[[Line], None]
    ) -> None:
        self._lines = lines
        self._index = {key: i for i, (key, _) in enumerate(lines)}
        self._window = window
        self._on_report = on_report
        self._arrived: set[int] = set()
        self._sent = 0
        self.first = 0  # the first line that has not been acknowledged
        self.total = len(lines)
        self.reports: list[Line] = []

    @property
    def done(self) -> bool:
        return self.first == self.total

    def due(self) -> Iterator[bytes]:
        """The lines that the window lets out now."""
        while self._sent < min(self.total, self.first + self._window):
            self._sent += 1
            yield self._lines[self._sent - 1][1]

    def take(self, got: Line) -> bool:
        """Take what the board said; whether it acknowledged something new."""
        if got["ev"] == "ack":
            self._arrived.add(self._index.get((got.get("stream", -1), got.get("seq", -1)), -1))
            before = self.first
            while self.first in self._arrived:
                self.first += 1
            return self.first > before
        if is_report(got):
            self.reports.append(got)
            self._on_report(got)
        return False

    def go_back(self) -> None:
        """Send again from the first line that has not been acknowledged."""
        self._sent = self.first
