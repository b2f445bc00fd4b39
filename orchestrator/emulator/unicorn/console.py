"""The other end of the UART: standard input and output of this process, with the faults that were asked for."""

from __future__ import annotations

import os
import select

from ..options import Injections

OVERRUN, FRAMING, BREAK = 1, 4, 8
CHUNK = 65536
AHEAD = 4096  # bytes taken from the pipe before the chip takes them; the pipe holds back the rest


class Console:
    """Bytes in and out, counted."""

    def __init__(self, injections: Injections, stdin: int = 0, stdout: int = 1) -> None:
        self._injections = injections
        self._stdin = stdin
        self._stdout = stdout
        self._poll = select.poll()
        self._poll.register(stdin, select.POLLIN | select.POLLHUP)
        self._queue = bytearray()
        self._at = 0
        self.ended = False
        self.listening = False  # set by the first receiver that starts: nothing sent before is lost
        self.faulty = injections.any_bytes()
        self.received = self.sent = self.overruns = self.lost = 0

    def waiting(self) -> int:
        """Bytes that are here and that the chip has not taken yet."""
        return len(self._queue) - self._at

    def poll(self, timeout_ms: float = 0) -> bool:
        """Takes in what is there, after waiting for it at most so long; True when bytes came."""
        if self.ended or self.waiting() >= AHEAD:
            if timeout_ms:
                select.select([], [], [], timeout_ms / 1000)
            return False
        if not self._poll.poll(timeout_ms):
            return False
        data = os.read(self._stdin, CHUNK)
        if not data:
            self.ended = True
            return False
        del self._queue[: self._at]
        self._at = 0
        self._queue += data
        return True

    def take(self) -> tuple[int | None, int]:
        """The next byte on the line, as the receiver sees it: None when it was lost, and ERRORSRC bits."""
        byte: int | None = self._queue[self._at]
        self._at += 1
        self.received += 1
        if not self.faulty:
            return byte, 0
        n, wanted = self.received, self._injections
        if n in wanted.flip:
            byte = self._queue[self._at - 1] ^ 1 << wanted.flip[n]
        if n in wanted.drop:
            return None, 0
        if n in wanted.overrun:
            return None, OVERRUN
        if n in wanted.line_break:
            return 0, FRAMING | BREAK
        return byte, 0

    def take_many(self, n: int) -> bytes:
        """The next `n` bytes, where no fault was asked for."""
        data = bytes(self._queue[self._at : self._at + n])
        self._at += n
        self.received += n
        return data

    def send(self, data: bytes) -> None:
        """Bytes that left the chip."""
        self.sent += len(data)
        while data:
            data = data[os.write(self._stdout, data) :]
