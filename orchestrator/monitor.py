"""`inv monitor`: a person at the serial line. What the board says is checked and coloured; what is typed gets its CRC."""

from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import serial
from rich.text import Text

from orchestrator.link import Node
from orchestrator.progress import err, out
from orchestrator.project import UserError
from orchestrator.recorder import Recorder
from orchestrator.wire import LABEL, painted, typed

LAST_ANSWERS_S = 1.0  # how long the board must be silent after the end of what a person typed,
PIPED_ANSWERS_S = 5.0  # and of what a program sent, all at once


def _typed(fd: int) -> Iterator[bytes]:
    """Lines of standard input, without their ends. Not through sys.stdin, whose lock would keep Python from exiting while
    a thread waits in it."""
    held = b""
    while data := os.read(fd, 4096):
        *whole, held = (held + data).split(b"\n")
        yield from whole
    yield held


def _send(node: Node, ended: threading.Event, recorder: Recorder | None) -> None:
    """Send what is typed until its end, or until the line is gone, which the reader is told too. A line that begins with # is
    not sent: it says what is true of the samples from here on."""
    try:
        for line in _typed(sys.stdin.fileno()):
            text = line.strip()
            if text.startswith(LABEL.encode()):
                if recorder:
                    recorder.label(text[1:].strip().decode("utf-8", "replace"))
            elif text:
                if recorder:
                    recorder.sent(text.decode("utf-8", "replace"))
                node.send_raw(typed(text))
    except (serial.SerialException, OSError):
        pass
    finally:
        ended.set()


def _watch(node: Node, ended: threading.Event, recorder: Recorder | None) -> None:
    """Show every line until nothing more is typed and the board is silent; UserError when it never said anything."""
    quiet_s = LAST_ANSWERS_S if sys.stdin.isatty() else PIPED_ANSWERS_S
    heard = False
    last = time.monotonic()
    while not ended.is_set() or time.monotonic() - last < (quiet_s if heard else node.timeout_s):
        typing = not ended.is_set()
        line = node.line(0.1)
        if line is not None:
            out.print(Text.from_ansi(painted(line)))
            if recorder:
                recorder.received(line)
            heard = True
        if line is not None or typing:
            last = time.monotonic()
    if not heard:
        raise UserError(f"{node.url} said nothing; is it a Fieldmouse board, at this rate, and running?")


def monitor(url: str, record: str = "") -> None:
    """Show the line and send what is typed, until end of input (Ctrl-D) or Ctrl-C; UserError when the line is gone.

    `record` is a file for the session, which `inv demo` and `inv evaluate` take as --data.
    """
    recorder = Recorder(Path(record).expanduser(), url) if record else None
    try:
        node = Node(url)
    except (serial.SerialException, ValueError) as error:
        raise UserError(str(error) if url in str(error) else f"cannot open {url}: {error}") from None
    err.print(f"{url}: type a command (info, stats, bench 10, reset …), Ctrl-D ends.", markup=False)
    if recorder:
        recorder.sent("info")  # who the board is, and the rates of its streams: what a reader of the record needs
        node.send("info")
        err.print(f"Recording into {record}; `# NAME` labels what is fed from then on.", markup=False)
    ended = threading.Event()
    threading.Thread(target=_send, args=(node, ended, recorder), daemon=True).start()
    try:
        _watch(node, ended, recorder)
    except KeyboardInterrupt:
        pass
    except (serial.SerialException, OSError) as error:
        raise UserError(f"the line is gone: {error}") from None
    finally:
        node.close()
        if recorder:
            recorder.close()
