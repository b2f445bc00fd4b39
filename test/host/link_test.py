"""The host's end of the line against a board that loses, damages and repeats: every frame arrives once."""

from __future__ import annotations

import base64
import json
import random

import numpy as np
import pytest

from fieldmouse.recording import Recording
from orchestrator.link import LinkError, Node, command, crc16, parse

LINE_BYTES, WINDOW = 512, 4


def line(**members) -> bytes:
    body = json.dumps(members, separators=(",", ":"))[:-1].encode()
    return body + b',"crc":"%04X"}\n' % crc16(body)


class Board:
    """A board in memory that speaks the protocol and loses what the test tells it to lose."""

    def __init__(self, lose) -> None:
        self.lose = lose  # (direction, line number) -> whether it is lost
        self.applied: dict[int, list[np.ndarray]] = {0: [], 1: []}
        self.next = [0, 0]
        self.out = bytearray()
        self.count = 0

    @property
    def in_waiting(self) -> int:
        return len(self.out)

    def read(self, n: int) -> bytes:
        taken = bytes(self.out[:n])
        del self.out[:n]
        return taken

    def close(self) -> None:
        pass

    def say(self, **members) -> None:
        if not self.lose("out", members):
            self.out += line(**members)

    def write(self, data: bytes) -> None:
        for text in data.split(b"\n")[:-1]:
            if text:
                self.count += 1
                self.hear(text)

    def hear(self, text: bytes) -> None:
        body, _, crc = text.rpartition(b" *")
        if self.lose("in", text):
            return
        if crc != b"%04X" % crc16(body):
            self.say(ev="error", error="crc")
            return
        words = body.decode().split(" ")
        if words[0] == "info":
            self.say(ev="boot", line=LINE_BYTES, window=WINDOW, reset="power")
            for i in (0, 1):
                self.say(ev="stream", id=i, of=2, name="s", rate_hz=[50, 8][i], channels=3 - i, limit=1000)
            self.say(ev="class", id=0, of=1, name="x")
        elif words[0] == "stats":
            self.say(ev="stats")
            self.say(ev="stats")
        elif words[0] == "reset":
            self.next = [0, 0]
            self.say(ev="ack", verb="reset")
        elif words[0] == "feed":
            stream, seq = int(words[1]), int(words[2])
            if seq == self.next[stream]:
                self.next[stream] += 1
                self.applied[stream].append(np.frombuffer(base64.b64decode(words[3]), "<i2"))
                self.say(ev="window", stream=stream, n=seq)
            elif not 0 < self.next[stream] - seq <= WINDOW:
                self.say(ev="error", error="seq", want=self.next[stream])
                return
            self.say(ev="ack", stream=stream, seq=seq)


@pytest.fixture
def board(monkeypatch: pytest.MonkeyPatch):
    def make(lose=lambda *_: False) -> tuple[Node, Board]:
        fake = Board(lose)
        monkeypatch.setattr("serial.serial_for_url", lambda *_args, **_kw: fake)
        return Node("fake://", timeout_s=0.3, quiet_s=0.01), fake

    return make


def recording() -> Recording:
    generator = np.random.default_rng(3)
    streams = {
        0: generator.integers(-900, 900, (3000, 3), dtype=np.int16),
        1: generator.integers(-9, 9, (480, 2), dtype=np.int16),
    }
    return Recording("two", {}, {0: 50, 1: 8}, streams)


def arrived(fake: Board, stream: int) -> np.ndarray:
    return np.concatenate(fake.applied[stream])


def test_a_quiet_line(board) -> None:
    node, fake = board()
    given = recording()
    reports = node.feed(given)
    for stream, frames in given.streams.items():
        assert (arrived(fake, stream) == frames.ravel()).all()
    assert len(reports) == sum(len(chunks) for chunks in fake.applied.values())


@pytest.mark.parametrize("seed", range(6))
def test_lost_lines_and_lost_acknowledgements(board, seed: int) -> None:
    chance = random.Random(seed)

    def lose(direction: str, what) -> bool:
        feeding = b"feed" in what if direction == "in" else what["ev"] == "ack" and "seq" in what
        return feeding and chance.random() < 0.04

    node, fake = board(lose)
    given = recording()
    node.feed(given)
    for stream, frames in given.streams.items():
        assert (arrived(fake, stream) == frames.ravel()).all()


def test_a_board_that_stays_silent_is_an_error(board) -> None:
    node, _ = board(lambda direction, what: direction == "in" and b"feed" in what)
    with pytest.raises(LinkError, match="no progress after line 0"):
        node.feed(recording())


def test_no_line_exceeds_what_the_board_takes(board) -> None:
    node, fake = board()
    longest = 0

    def write(data: bytes, own=fake.write) -> None:
        nonlocal longest
        longest = max(longest, *(len(part) + 1 for part in data.split(b"\n")))
        own(data)

    fake.write = write
    node.feed(recording())
    assert LINE_BYTES - 40 < longest <= LINE_BYTES


def test_lines_of_the_design() -> None:
    """The four lines that DESIGN gives are CRC-true."""
    for text in (
        b'{"ev":"window","n":12,"t_ms":36000,"class":"grazing","score":231,"fx":"7C21","crc":"074F"}',
        b'{"ev":"ack","stream":0,"seq":17,"crc":"D0D4"}',
    ):
        assert "crc" not in parse(text + b"\r\n")
    assert crc16(b"123456789") == 0x29B1


@pytest.mark.parametrize(
    "text", [b"", b"{}", b'{"ev":"ack","crc":"0000"}', b'{"ev":"ack"}', b'x,"crc":"%04X"}' % crc16(b"x")]
)
def test_a_damaged_line_is_no_line(text: bytes) -> None:
    with pytest.raises(LinkError):
        parse(text)


def test_commands_carry_their_crc() -> None:
    assert command("info") == b"info *%04X\n" % crc16(b"info")
