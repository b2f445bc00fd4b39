"""What commands are made of, through cffi: words, numbers, base64, the order of feeds and their frames."""

from __future__ import annotations

import base64
import binascii
import string
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from line_support import ffi, lib

# ---- words and numbers ----


def words(line: bytes) -> tuple[list[bytes], bool]:
    """The words, and whether the text ended as it should."""
    text = ffi.new("char[]", line)
    cursor = ffi.new("char **", text)
    found = []
    while (word := lib.line_in_word(cursor)) != ffi.NULL:
        found.append(ffi.string(word))
    return found, cursor[0] == ffi.NULL


@pytest.mark.parametrize(
    ("line", "found", "ended"),
    [
        (b"", [], False),
        (b" ", [], False),
        (b"a", [b"a"], True),
        (b"a b", [b"a", b"b"], True),
        (b"a  b", [b"a"], False),
        (b"a ", [b"a"], False),
        (b" a", [], False),
        (b"set rate -5", [b"set", b"rate", b"-5"], True),
    ],
)
def test_words(line: bytes, found: list[bytes], ended: bool) -> None:
    assert words(line) == (found, ended)


def u32(word: bytes) -> int | None:
    value = ffi.new("uint32_t *")
    return value[0] if lib.line_in_u32(word, value) else None


def i16(word: bytes) -> int | None:
    value = ffi.new("int16_t *")
    return value[0] if lib.line_in_i16(word, value) else None


@pytest.mark.parametrize(
    ("word", "value"),
    [
        (b"0", 0),
        (b"007", 7),
        (b"4294967295", 2**32 - 1),
        (b"00000000000000000001", 1),
        *((word, None) for word in (b"", b"-1", b"-0", b"+1", b"1 ", b" 1", b"0x1", b"1e1", b"1.0", b"a", b"/", b":")),
        *((word, None) for word in (b"4294967296", b"4294967300", b"42949672950", b"99999999999999999999")),
    ],
)
def test_u32(word: bytes, value: int | None) -> None:
    assert u32(word) == value


@pytest.mark.parametrize(
    ("word", "value"),
    [
        (b"0", 0),
        (b"-0", 0),
        (b"32767", 32767),
        (b"-32768", -32768),
        (b"-00001", -1),
        *(
            (word, None)
            for word in (b"", b"-", b"--1", b"+1", b"32768", b"-32769", b"4294967295", b"-4294967296", b"1-")
        ),
    ],
)
def test_i16(word: bytes, value: int | None) -> None:
    assert i16(word) == value


@given(st.integers(0, 2**33))
def test_u32_takes_what_fits(number: int) -> None:
    assert u32(b"%d" % number) == (number if number < 2**32 else None)


# ---- base64 ----


def decode(text: bytes) -> bytes | None:
    """In place, as the node does it."""
    buffer = ffi.new("char[]", text)
    n = lib.line_in_base64(buffer, ffi.cast("uint8_t *", buffer))
    return None if n < 0 else bytes(ffi.buffer(buffer, n))


def strict(text: bytes) -> bytes | None:
    """Python's base64, taking only the one text that it would itself write."""
    try:
        data = base64.b64decode(text, validate=True)
    except binascii.Error:
        return None
    return data if data and base64.b64encode(data) == text else None


@given(st.binary(min_size=1, max_size=400))
def test_base64_of_any_bytes(data: bytes) -> None:
    assert decode(base64.b64encode(data)) == data


ALPHABET = (string.ascii_letters + string.digits + "+/").encode()


@given(st.lists(st.sampled_from([*ALPHABET, *ALPHABET, *b"====-_ *~"]), max_size=12).map(bytes))
@example(b"")
@example(b"AA==")
@example(b"AB==")
@example(b"AAB=")
@example(b"A===")
@example(b"====")
@example(b"AA=A")
@example(b"AA==AAAA")
@example(b"AAA")
@example(b"AAAA=")
@example(b"AA-_")
def test_base64_takes_what_python_takes(text: bytes) -> None:
    assert decode(text) == strict(text)


# ---- feeds ----


def feed(*, next: int = 0, held: int = 0) -> Any:
    self = ffi.new("source_feed_t *")
    lib.source_feed_init(self)
    self.next[1] = next
    self.held[1] = held
    return self


APPLY, REPEAT, GAP = (getattr(lib, f"SOURCE_FEED_{name}") for name in ("APPLY", "REPEAT", "GAP"))
TOP = 2**32


@pytest.mark.parametrize(
    ("next", "held", "seq", "order"),
    [
        (0, 0, 0, APPLY),
        (0, 0, 1, GAP),
        (0, 0, TOP - 1, GAP),  # nothing was applied yet, so nothing can be a repeat
        (1, 1, 0, REPEAT),
        (1, 1, TOP - 1, GAP),
        (9, 9, 9, APPLY),
        (9, 9, 8, REPEAT),
        (9, 9, 5, REPEAT),
        (9, 9, 4, GAP),
        (9, 9, 10, GAP),
        (9, 9, 9 + 2**31, GAP),
        (TOP - 1, 255, TOP - 1, APPLY),
        (TOP - 1, 255, 0, GAP),
        (0, 255, TOP - 1, REPEAT),
        (0, 255, TOP - 4, REPEAT),
        (0, 255, TOP - 5, GAP),
        (2, 255, TOP - 2, REPEAT),
        (2, 255, TOP - 3, GAP),
    ],
)
def test_the_order_of_feeds(next: int, held: int, seq: int, order: int) -> None:
    assert lib.source_feed_order(feed(next=next, held=held), 1, seq, 4) == order


def test_accepting_goes_on_past_the_top() -> None:
    self = feed(next=TOP - 1)
    for want in (0, 1):
        lib.source_feed_accept(self, 1)
        assert self.next[1] == want
    assert self.held[1] == 2
    assert (self.next[0], self.held[0]) == (0, 0)
    for _ in range(300):
        lib.source_feed_accept(self, 1)
    assert self.held[1] == 255


@pytest.mark.parametrize(
    ("samples", "channels", "limit", "result"),
    [
        ([1, -2, 3], 1, 100, 3),
        ([1, -2, 3], 3, 100, 1),
        ([1, -2, 3, 4], 3, 100, -1),
        ([100, -100], 1, 100, 2),
        ([101], 1, 100, -2),
        ([0, -101], 1, 100, -2),
        ([32767, -32767], 1, 32767, 2),
        ([-32768], 1, 32767, -2),
    ],
)
def test_decoding_of_frames(samples: list[int], channels: int, limit: int, result: int) -> None:
    text = base64.b64encode(b"".join(sample.to_bytes(2, "little", signed=True) for sample in samples))
    to = ffi.new("int16_t[32]")
    ffi.memmove(to, b"feed 0 0 " + text + b"\0", 10 + len(text))  # in place, as in a line
    assert lib.source_feed_decode(ffi.cast("char *", to) + 9, channels, limit, to) == result
    if result > 0:
        assert list(to)[: len(samples)] == samples


@pytest.mark.parametrize("text", [b"", b"AA==", b"AAAA", b"AAA", b"????"])
def test_what_is_no_whole_frame(text: bytes) -> None:
    assert lib.source_feed_decode(text, 1, 100, ffi.new("int16_t[8]")) == -1
