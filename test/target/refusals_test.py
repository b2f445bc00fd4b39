"""Bad input over the line: each gets its own error, and changes nothing."""

from __future__ import annotations

import base64

import numpy as np
import pytest

from orchestrator.link import Line, Node, command


def feed(stream: int, seq: int, frames: np.ndarray) -> str:
    return f"feed {stream} {seq} {base64.b64encode(frames.astype('<i2').tobytes()).decode()}"


GOOD = np.zeros((4, 3), dtype=np.int16)
BAD = {
    "unknown verb": (command("fed 0 0 AAAA"), "verb"),
    "unknown verb without a CRC": (b"hello\n", "verb"),
    "garbled byte": (b"in\x80fo\n", "garbled"),
    "control byte": (b"in\x07fo\n", "garbled"),
    "feed without a CRC": (f"{feed(0, 0, GOOD)}\n".encode(), "crc"),
    "feed with a wrong CRC": (f"{feed(0, 0, GOOD)} *0000\n".encode(), "crc"),
    "lower-case CRC": (b"reset *" + command("reset")[-5:].lower(), "crc"),
    "truncated feed": (command(feed(0, 0, GOOD))[:-9] + b"\n", "crc"),
    "text behind the CRC": (command("info")[:-1] + b" x\n", "crc"),
    "text behind the arguments": (command("info now"), "args"),
    "two spaces": (command("feed  0 0 AAAA"), "args"),
    "no samples": (command("feed 0 0"), "args"),
    "negative sequence": (command("feed 0 -1 AAAA"), "args"),
    "number too large": (command("feed 0 4294967296 AAAA"), "args"),
    "unknown stream": (command(feed(9, 0, GOOD)), "stream"),
    "out of sequence": (command(feed(0, 7, GOOD)), "seq"),
    "half a frame": (command(feed(0, 0, GOOD[:, :2][:1])), "frames"),
    "not base64": (command("feed 0 0 AA!A"), "frames"),
    "beyond range": (command(feed(0, 0, np.full((2, 3), 32767))), "range"),
    "most negative sample": (command(feed(0, 0, np.full((2, 3), -32768))), "range"),
    "no such parameter": (command("set nonsense 3"), "param"),
    "parameter beyond range": (command("set unknown 256"), "range"),
    "parameter not a number": (command("set unknown x"), "args"),
    "bench of nothing": (command("bench 0"), "args"),
}


@pytest.mark.parametrize("case", BAD)
def test_each_refusal_names_its_reason(node: Node, case: str) -> None:
    data, error = BAD[case]
    node.reset()
    node.send_raw(data)
    assert node.wait("error")["error"] == error
    node.send(feed(0, 0, GOOD))  # the next one is still the first: nothing was applied
    assert node.wait("ack")["seq"] == 0


def test_an_overlong_line_is_refused_once_and_the_next_is_heard(node: Node) -> None:
    limit = node.info().boot["line"]
    node.send_raw(b"x" * (2 * limit) + b"\n")
    assert node.wait("error")["error"] == "long"
    node.send("stats")
    assert node.wait("stats")["errors"] >= 1


def test_the_longest_line_is_heard(node: Node) -> None:
    limit = node.info().boot["line"]
    node.send_raw(b"x" * (limit - 1) + b"\n")
    assert node.wait("error")["error"] == "verb"
    node.send_raw(b"x" * limit + b"\n")
    assert node.wait("error")["error"] == "long"


def test_an_empty_line_is_no_line(node: Node) -> None:
    node.info()
    node.send_raw(b"\n\r\n\n")
    assert node.line(0.5) is None


def test_a_gap_tells_what_is_expected(node: Node) -> None:
    node.reset()
    node.send(feed(0, 0, GOOD))
    assert node.wait("ack")["seq"] == 0
    node.send(feed(0, 2, GOOD))
    error = node.wait("error")
    assert (error["error"], error["want"]) == ("seq", 1)


def decisions(node: Node, lines: list[str]) -> list[Line]:
    """The reports that come while each line is acknowledged."""
    reports = []
    for text in lines:
        node.send(text)
        while (line := node.line())["ev"] != "ack":
            reports.append(line)
    return reports


def test_a_repeated_line_is_acknowledged_and_not_applied(node: Node) -> None:
    rate = node.info().streams[0]["rate_hz"]
    frames = np.random.default_rng(1).integers(-900, 900, (6 * rate, 3)).astype(np.int16)
    pieces = [frames[i : i + 10] for i in range(0, len(frames), 10)]  # what a line of 128 bytes holds
    node.reset()
    once = decisions(node, [feed(0, i, piece) for i, piece in enumerate(pieces)])
    node.reset()
    twice = decisions(node, [feed(0, i, piece) for i, piece in enumerate(pieces) for _ in range(2)])
    assert once == twice
    assert len(once) == 2


def test_a_parameter_holds_until_reset(node: Node) -> None:
    before = node.info().params
    name, row = next(iter(before.items()))
    node.send(f"set {name} {row['max']}")
    assert node.wait("ack")["verb"] == "set"
    assert node.info().params[name]["value"] == row["max"] != row["value"]
    node.reset()
    assert node.info().params == before


def test_bench_leaves_no_trace(node: Node) -> None:
    node.reset()
    first = node.bench(3)
    assert first["n"] == 3
    node.send(feed(0, 0, GOOD))
    assert node.wait("ack")["seq"] == 0
    node.send("bench 3")
    assert node.wait("error")["error"] == "busy"
