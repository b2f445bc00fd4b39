"""PlatformIO's own monitor with our filter: lines checked and decoded, what is typed gets its CRC."""

from __future__ import annotations

import importlib.util
import os
import pty
import re
import select
import subprocess
import sys
import time
import tty

import pytest

from orchestrator.project import ROOT
from orchestrator.wire import COLOURS, command, crc16, painted, typed

FILE = ROOT / "platform" / "monitor" / "filter_fieldmouse.py"


def line(body: bytes) -> bytes:
    return body + b',"crc":"%04X"}\n' % crc16(body)


ACK = line(b'{"ev":"ack","stream":0,"seq":17')
REPORT = line(b'{"ev":"window","n":12,"class":"grazing"')


@pytest.fixture(scope="module")
def new_filter():
    spec = importlib.util.spec_from_file_location("filter_fieldmouse", FILE)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.Fieldmouse


def test_lines_are_shown_when_they_are_whole_and_damaged_ones_as_they_came(new_filter) -> None:
    one = new_filter()
    said = (REPORT + ACK + b'{"ev":"ack","crc":"0000"}\r\n' + b"boot rom\r\n").decode()
    shown = "".join(one.rx(said[at : at + 7]) for at in range(0, len(said), 7))
    assert shown.splitlines() == [
        "window   n=12  class=grazing",
        f"\x1b[{COLOURS['ack']}mack      stream=0  seq=17\x1b[0m",
        'damaged  {"ev":"ack","crc":"0000"}',
        "damaged  boot rom",
    ]
    assert one.rx("half") == ""


def test_what_is_typed_goes_out_at_enter_with_its_crc(new_filter) -> None:
    one = new_filter()
    assert "".join(one.tx(key) for key in "set gaim\x7fn 3") == ""
    assert one.tx("\r\n") == command("set gain 3").decode()
    assert one.tx("\n") == ""
    assert one.tx("info *1234\n") == "info *1234\n"  # somebody's own CRC
    assert one.tx("# grazing\n") == ""  # a label, not a command
    assert "".join(map(one.tx, "\x7f\x08stats\r")) == command("stats").decode()


def test_a_line_is_painted_and_typed_alike_in_both_monitors() -> None:
    assert painted({"ev": "error", "error": "crc"}) == "\x1b[1;31merror    error=crc\x1b[0m"
    assert typed(b" reset \r\n") == command("reset")
    assert typed("grün".encode()) == "grün\n".encode()


def _until(fd: int, pattern: str, seconds: float = 30) -> str:
    """What can be read until `pattern` is in it."""
    said = b""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if select.select([fd], [], [], 0.1)[0]:
            said += os.read(fd, 4096)
            if re.search(pattern, said.decode(errors="replace")):
                return said.decode(errors="replace")
    raise AssertionError(f"no {pattern!r} in {said!r}")


def test_platformios_monitor_finds_the_filter_and_works_with_it() -> None:
    board, port = pty.openpty()
    tty.setraw(port)
    person, terminal = pty.openpty()
    command_line = [
        sys.executable,
        "-m",
        "platformio",
        "device",
        "monitor",
        "-e",
        "cattle-nrf52840",
        "--port",
        os.ttyname(port),
        "--no-reconnect",
    ]
    monitor = subprocess.Popen(
        command_line, cwd=ROOT, stdin=terminal, stdout=terminal, stderr=terminal, start_new_session=True
    )
    try:
        said = _until(person, "Quit: Ctrl")
        assert "fieldmouse" in said
        assert "unknown filters" not in said
        assert "1000000 8-N-1" in said
        os.write(board, REPORT)
        _until(person, r"window   n=12  class=grazing")
        os.write(person, b"stats\r")
        assert _until(board, r"\n") == command("stats").decode()
    finally:
        monitor.kill()
        monitor.wait()
        for fd in (board, port, person, terminal):
            os.close(fd)
