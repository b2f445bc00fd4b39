"""lib/line through cffi: CRC, lines out, lines in and their CRC."""

from __future__ import annotations

import binascii
import json
import string
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from line_support import crc, ffi, lib, signed

BUFFER = 64

# ---- CRC ----


def test_crc_check_value() -> None:
    assert crc(b"123456789") == 0x29B1
    assert crc(b"") == 0xFFFF


@given(st.binary(max_size=600))
def test_crc_is_the_one_that_python_has(data: bytes) -> None:
    assert crc(data) == binascii.crc_hqx(data, 0xFFFF)


@given(st.lists(st.integers(-32768, 32767), max_size=64))
def test_crc_of_samples_is_over_little_endian_bytes(values: list[int]) -> None:
    said = lib.line_crc_i16(lib.LINE_CRC_START, ffi.new("int16_t[]", values or [0]), len(values))
    assert said == crc(b"".join(value.to_bytes(2, "little", signed=True) for value in values))


def one_flip_digit_changes() -> set[int]:
    """What one flipped bit can do to a hex digit that stays one, as a change of its four bits."""
    digits = string.digits + "ABCDEF"
    flips = ((a, chr(ord(a) ^ 1 << bit)) for a in digits for bit in range(8))
    return {int(a, 16) ^ int(b, 16) for a, b in flips if b in digits}


def data_bits_that_pass(data_bytes: int) -> list[int]:
    """The data bits, counted from the end, whose flip looks the same to the CRC as one flipped bit of a digit."""
    changes = {change << 4 * digit for change in one_flip_digit_changes() for digit in range(4)}
    zero = crc(bytes(data_bytes))
    found = []
    for bit in range(8 * data_bytes):
        data = bytearray(data_bytes)
        data[-1 - bit // 8] = 1 << bit % 8
        if crc(bytes(data)) ^ zero in changes:  # the CRC is affine: the data itself does not matter
            found.append(bit)
    return found


def test_no_data_bit_and_digit_bit_cancel_out() -> None:
    # B and C are one flipped bit apart, and three bits of the CRC; so the CRC's own distance of 4 does not decide it.
    assert one_flip_digit_changes() == {1, 2, 3, 4, 6, 7, 8}
    assert data_bits_that_pass(512) == []


def test_a_line_could_be_too_long_for_that() -> None:
    # x^12480 + 7 is the first: from 1561 bytes on, a line would need another guard.
    assert data_bits_that_pass(1562)[:1] == [12480]


# ---- lines out ----


class Out:
    """A line under way, and what was written of it."""

    def __init__(self) -> None:
        self.written = b""
        self.self = ffi.new("line_out_t *")
        self._write = ffi.callback("void(void *, const uint8_t *, size_t)", self._take)
        lib.line_out_init(self.self, self._write, ffi.NULL)

    def _take(self, _context: Any, data: Any, n: int) -> None:
        self.written += bytes(ffi.buffer(data, n))

    def line(self, *members: tuple[str, Any], event: bytes = b"x") -> dict[str, Any]:
        self.written = b""
        lib.line_out_begin(self.self, event)
        for kind, *arguments in members:
            getattr(lib, f"line_out_{kind}")(self.self, *arguments)
        lib.line_out_end(self.self)
        assert len(self.written) <= lib.LINE_OUT_BYTES
        assert self.written.endswith(b"}\n")
        document = json.loads(self.written)
        assert next(iter(document)) == "ev"
        assert list(document)[-1] == "crc"
        covered = self.written[: self.written.rindex(b',"crc"')]
        assert document.pop("crc") == f"{crc(covered):04X}"
        assert document.pop("ev") == event.decode()
        return document


@pytest.mark.parametrize(
    ("member", "text"),
    [
        (("u32", b"v", 0), b"0"),
        (("u32", b"v", 4294967295), b"4294967295"),
        (("i32", b"v", 0), b"0"),
        (("i32", b"v", -1), b"-1"),
        (("i32", b"v", 2147483647), b"2147483647"),
        (("i32", b"v", -2147483648), b"-2147483648"),
        (("hex", b"v", 0xABC, 4, True), b'"0ABC"'),
        (("hex", b"v", 0xDEADBEEF, 8, False), b'"deadbeef"'),
        (("hex", b"v", 0xDEADBEEF, 1, True), b'"F"'),
        (("hex", b"v", 0x1, 9, True), b'"00000001"'),
        (("text", b"v", b""), b'""'),
        (("text", b"v", b"a b"), b'"a b"'),
    ],
)
def test_each_kind_of_member(member: tuple[str, Any], text: bytes) -> None:
    out = Out()
    out.line(member)
    assert out.written.startswith(b'{"ev":"x","v":' + text + b',"crc":"')
    assert not out.self.cut


def test_the_lines_of_the_protocol() -> None:
    out = Out()
    out.line(("u32", b"stream", 0), ("u32", b"seq", 17), event=b"ack")
    assert out.written == b'{"ev":"ack","stream":0,"seq":17,"crc":"D0D4"}\n'


@given(st.integers(-(2**31), 2**31 - 1), st.integers(0, 2**32 - 1))
def test_numbers_read_back(low: int, high: int) -> None:
    assert Out().line(("i32", b"i", low), ("u32", b"u", high)) == {"i": low, "u": high}


# {"ev":"x" is 9 bytes, the tail 15, so 176 are left for members; ,"v":"" is 7 of them.
@pytest.mark.parametrize(("room", "cut"), [(168, False), (169, False), (170, True), (200, True)])
def test_a_member_that_does_not_fit_is_left_out_whole(room: int, cut: bool) -> None:
    out = Out()
    assert out.line(("text", b"v", b"a" * room)) == ({} if cut else {"v": "a" * room})
    assert out.self.cut == cut
    assert len(out.written) == (24 if cut else 31 + room)


@pytest.mark.parametrize(
    "member",
    [("u32", b"last", 12345), ("i32", b"last", -1234), ("hex", b"last", 1, 3, True), ("text", b"last", b"abc")],
)
@pytest.mark.parametrize(("spare", "cut"), [(0, False), (1, True)])
def test_each_kind_knows_its_length_before_it_is_written(member: tuple[str, Any], spare: int, cut: bool) -> None:
    out = Out()
    filled = out.line(("text", b"v", b"a" * (169 - 13 + spare)), member)  # ,"last": and five bytes are 13
    assert ("last" in filled) == (not cut)
    assert out.self.cut == cut
    assert len(out.written) == (200 - 13 + spare if cut else 200)


def test_a_shorter_member_after_a_cut_one_still_goes_out() -> None:
    out = Out()
    assert out.line(("text", b"v", b"a" * 180), ("u32", b"n", 1)) == {"n": 1}
    out.line(("u32", b"n", 2))
    assert out.self.cut, "it tells of any line since init"


# ---- lines in ----

MORE, READY, LONG, GARBLED = (getattr(lib, f"LINE_{name}") for name in ("MORE", "READY", "LONG", "GARBLED"))


def take(data: bytes, size: int = BUFFER) -> list[tuple[int, bytes]]:
    """The lines that `data` holds, with a guard behind the buffer."""
    buffer = ffi.new("char[]", b"\xa5" * (size + 8))
    self = ffi.new("line_in_t *")
    lib.line_in_init(self, buffer, size)
    found = []
    for byte in data:
        status = lib.line_in_push(self, byte)
        if status != MORE:
            found.append((status, ffi.string(buffer) if status == READY else b""))
    assert bytes(ffi.buffer(buffer, size + 8))[size:] == b"\xa5" * 8
    return found


@pytest.mark.parametrize(
    ("data", "lines"),
    [
        (b"", []),
        (b"a", []),
        (b"\n", []),
        (b"\r\n", []),
        (b"\r\n\n\r\n", []),
        (b"a\n", [(READY, b"a")]),
        (b"a\r\n", [(READY, b"a")]),
        (b" ~\n", [(READY, b" ~")]),
        (b"a\nb\n", [(READY, b"a"), (READY, b"b")]),
        (b"a\r", []),
        (b"a\r\r\n", [(GARBLED, b"")]),
        (b"a\rb\n", [(GARBLED, b"")]),
        (b"\r\r\n", [(GARBLED, b"")]),
        (b"a\0b\n", [(GARBLED, b"")]),
        (b"\x1f\n", [(GARBLED, b"")]),
        (b"\x7f\n", [(GARBLED, b"")]),
        (b"\xc3\xa4\n", [(GARBLED, b"")]),
        (b"\t\n", [(GARBLED, b"")]),
        (b"a" * 63 + b"\n", [(READY, b"a" * 63)]),
        (b"a" * 63 + b"\r\n", [(READY, b"a" * 63)]),
        (b"a" * 64 + b"\n", [(LONG, b"")]),
        (b"a" * 70000 + b"\nb\n", [(LONG, b""), (READY, b"b")]),
        (b"a" * 63 + b"\0\n", [(GARBLED, b"")]),
        (b"a" * 64 + b"\0\n", [(LONG, b"")]),
        (b"\xff\nb\n", [(GARBLED, b""), (READY, b"b")]),
    ],
)
def test_lines_in(data: bytes, lines: list[tuple[int, bytes]]) -> None:
    assert take(data) == lines


@given(st.binary(max_size=300))
def test_every_line_end_of_a_line_that_is_not_empty_is_answered(data: bytes) -> None:
    lines = [line.removesuffix(b"\r") for line in data.split(b"\n")[:-1]]
    found = take(data)
    assert len(found) == len([line for line in lines if line])
    assert [text for status, text in found if status == READY] == [
        line for line in lines if 0 < len(line) < BUFFER and all(0x20 <= byte <= 0x7E for byte in line)
    ]


# ---- the CRC of a line ----


def check(line: bytes) -> tuple[int, bytes]:
    text = ffi.new("char[]", line)
    return lib.line_in_crc(text), ffi.string(text)


NONE, GOOD, BAD = (getattr(lib, f"LINE_CRC_{name}") for name in ("NONE", "GOOD", "BAD"))


@pytest.mark.parametrize("line", [b"", b"info", b"info 0000", b" "])
def test_no_crc(line: bytes) -> None:
    assert check(line) == (NONE, line)


@pytest.mark.parametrize("line", [b"a", b"reset", b"set a  ", b"feed 0 1 AAAA"])
def test_good_crc_is_cut_off(line: bytes) -> None:
    assert check(signed(line)) == (GOOD, line)


@pytest.mark.parametrize(
    "line",
    [
        b"*",
        b" *",
        b"*0000",
        b" *FFFF",  # the CRC of nothing
        b"*29B1 123456789",
        b"123456789*29B1",
        b"123456789 *29B",
        b"123456789 *29b1",
        b"123456789 *29B2",
        b"123456789 *29B1 ",
        b"123456789 *29B1F",
        b"123456789 * 29B1",
        b"123456789 **29B1",
        b"123456789 *+9B1",
        b"12345678* *29B1",
        signed(b"a*b"),
        signed(signed(b"a")),
    ],
)
def test_bad_crc(line: bytes) -> None:
    assert check(line)[0] == BAD
