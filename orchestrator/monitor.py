"""`inv monitor`: a person at the serial line. What the board says is checked and coloured; what is typed gets its CRC."""

from __future__ import annotations

import sys
import threading

import serial

from orchestrator.link import LinkError, Node, command
from orchestrator.progress import err, out
from orchestrator.project import UserError

STYLES = {"boot": "bold cyan", "error": "bold red", "fault": "bold yellow", "ack": "dim"}
LAST_ANSWERS_S = 1.0


def _show(node: Node, stop: threading.Event) -> None:
    try:
        while not stop.is_set():
            line = node.line(0.1)
            if line is not None:
                members = "  ".join(f"{key}={value}" for key, value in line.items() if key != "ev")
                out.print(f"{line['ev']:<8} {members}", style=STYLES.get(line["ev"], ""), markup=False)
    except (serial.SerialException, OSError) as error:
        err.print(f"The line is gone: {error}", markup=False)
        stop.set()


def monitor(url: str) -> None:
    """Show the line and send what is typed, until end of input (Ctrl-D) or Ctrl-C."""
    try:
        node = Node(url)
    except (serial.SerialException, ValueError) as error:
        raise UserError(f"cannot open {url}: {error}") from None
    err.print(f"{url}: type a command (info, stats, bench 10, reset …), Ctrl-D ends.", markup=False)
    stop = threading.Event()
    reader = threading.Thread(target=_show, args=(node, stop), daemon=True)
    reader.start()
    try:
        for typed in sys.stdin:
            if stop.is_set():
                break
            text = typed.strip()
            if text and text.isascii() and "*" not in text:
                node.send_raw(command(text))
            elif text:
                node.send_raw(text.encode("utf-8", "replace") + b"\n")
        stop.wait(LAST_ANSWERS_S)
    except (KeyboardInterrupt, LinkError):
        pass
    finally:
        stop.set()
        reader.join(1.0)
        node.close()
