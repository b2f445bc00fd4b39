"""The serial line's form, with nothing but Python's own library: commands with their CRC, lines with theirs checked.

PlatformIO's monitor filter uses it in a Python that has none of the project's packages.
"""

from __future__ import annotations

import binascii
import json
from typing import Any

Line = dict[str, Any]
CRC_MEMBER = b',"crc":"'
# How each event looks: ANSI colours, for a terminal of our own and for PlatformIO's.
COLOURS = {"boot": "1;36", "error": "1;31", "fault": "1;33", "ack": "2"}
LABEL = "#"  # begins a line that is not sent: what is true from now on, for a record


class LinkError(RuntimeError):
    """The board did not answer as the protocol has it; the message says what came instead."""


def crc16(data: bytes) -> int:
    """CRC-16/CCITT-FALSE; "123456789" gives 0x29B1."""
    return binascii.crc_hqx(data, 0xFFFF)


def command(text: str) -> bytes:
    """A command as it goes over the line, its CRC added."""
    body = text.encode("ascii")
    return b"%s *%04X\n" % (body, crc16(body))


def typed(text: bytes) -> bytes:
    """What a person typed as it goes over the line: with a CRC, unless it has one or is none of the protocol."""
    text = text.strip()
    return text + b"\n" if b"*" in text or not text.isascii() else command(text.decode("ascii"))


def parse(line: bytes) -> Line:
    """A line from the board as a JSON object without its CRC; LinkError when the line is damaged."""
    text = line.rstrip(b"\r\n")
    body, found, tail = text.rpartition(CRC_MEMBER)
    if not found or len(tail) != 6 or tail[4:] != b'"}':
        raise LinkError(f"not a line of the protocol: {text[:200]!r}")
    if tail[:4] != b"%04X" % crc16(body):
        raise LinkError(f"CRC mismatch: {text[:200]!r}")
    try:
        return json.loads(body + b"}")
    except ValueError as error:
        raise LinkError(f"not JSON ({error}): {text[:200]!r}") from None


def painted(line: Line) -> str:
    """A line for a person, in its colour."""
    members = "  ".join(f"{key}={value}" for key, value in line.items() if key != "ev")
    text = f"{line['ev']:<8} {members}".rstrip()
    colour = COLOURS.get(line["ev"])
    return f"\x1b[{colour}m{text}\x1b[0m" if colour else text
