"""One emulator process: its output gathered by a thread, its end certain.

The thread that starts the process lives as long as the process does, because Linux ends a child of which this was
asked when the thread that started it dies; so no emulator outlives its port, however the parent ended.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import select
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path

PR_SET_PDEATHSIG = 1
GRACE_S = 2.0
LOG_TAIL_BYTES = 4000


def dies_with_parent() -> Callable[[], None] | None:
    """For Linux, what the child does before it becomes the emulator; elsewhere the end of its input must do."""
    if not sys.platform.startswith("linux"):
        return None
    prctl = ctypes.CDLL(None).prctl
    parent = os.getpid()

    def ask() -> None:
        prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
        if os.getppid() != parent:
            os._exit(1)

    return ask


class Child:
    """A running command with bytes in and out."""

    def __init__(self, command: list[str], folder: Path) -> None:
        self._command = command
        self._folder = folder
        self._log = tempfile.TemporaryFile()  # noqa: SIM115  (closed in `end`)
        self._received = bytearray()
        self._changed = threading.Condition()
        self._process: subprocess.Popen[bytes] | None = None
        self._failure: OSError | None = None
        self._over = False
        self._cancelled = False
        started = threading.Event()
        self._thread = threading.Thread(target=self._keep, args=(started,), name="emulator", daemon=True)
        self._thread.start()
        started.wait()
        if self._failure is not None:
            raise self._failure

    def _keep(self, started: threading.Event) -> None:
        try:
            self._process = subprocess.Popen(
                self._command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=self._log,
                cwd=self._folder,
                bufsize=0,
                preexec_fn=dies_with_parent(),
            )
        except OSError as error:
            self._failure = error
            return
        finally:
            started.set()
        assert self._process.stdout is not None
        assert self._process.stdin is not None
        os.set_blocking(self._process.stdin.fileno(), False)
        output = self._process.stdout.fileno()
        while data := os.read(output, 65536):
            with self._changed:
                self._received += data
                self._changed.notify_all()
        self._process.wait()
        with self._changed:
            self._over = True
            self._changed.notify_all()

    # --- bytes ---

    def waiting(self) -> int:
        """Bytes that can be read now."""
        return len(self._received)

    def read(self, size: int, timeout_s: float | None) -> bytes:
        """Up to `size` bytes: fewer when time is up, the process is over, or the read was cancelled."""
        deadline = None if timeout_s is None else time.monotonic() + timeout_s
        with self._changed:
            while len(self._received) < size and not self._over and not self._cancelled:
                left = None if deadline is None else deadline - time.monotonic()
                if left is not None and left <= 0:
                    break
                self._changed.wait(left)
            self._cancelled = False
            data = bytes(self._received[:size])
            del self._received[:size]
            return data

    def cancel_read(self) -> None:
        """Ends a read that waits in another thread."""
        with self._changed:
            self._cancelled = True
            self._changed.notify_all()

    def forget(self) -> None:
        """Drops what was received and not read."""
        with self._changed:
            self._received.clear()

    def write(self, data: bytes, timeout_s: float | None) -> int:
        """Hands over all of `data`, or what could be until time was up; raises BrokenPipeError when nobody takes it."""
        assert self._process is not None
        assert self._process.stdin is not None
        pipe = self._process.stdin.fileno()
        deadline = None if timeout_s is None else time.monotonic() + timeout_s
        view, done = memoryview(data), 0
        while done < len(data):
            if self._over:
                raise BrokenPipeError
            try:
                done += os.write(pipe, view[done : done + 65536])
            except BlockingIOError:
                left = 0.2 if deadline is None else min(0.2, deadline - time.monotonic())
                if left <= 0:
                    break
                select.select([], [pipe], [], left)
        return done

    # --- the end ---

    @property
    def over(self) -> bool:
        """The process ended and its output was taken in."""
        return self._over

    def log(self) -> str:
        """The last of what the emulator said on its standard error."""
        with contextlib.suppress(OSError, ValueError):
            size = os.fstat(self._log.fileno()).st_size
            data = os.pread(self._log.fileno(), LOG_TAIL_BYTES, max(0, size - LOG_TAIL_BYTES))
            return data.decode(errors="replace").strip()
        return ""

    def epitaph(self) -> str:
        """How the process ended, and what it said."""
        assert self._process is not None
        self._thread.join(GRACE_S)
        code = self._process.returncode
        how = f"signal {-code}" if code is not None and code < 0 else f"exit status {code}"
        return f"the emulator ended ({how}): {self.log() or 'it said nothing'}"

    def end(self) -> str:
        """Ends the process, first gently, and returns its log."""
        assert self._process is not None
        assert self._process.stdin is not None
        with contextlib.suppress(OSError):
            self._process.stdin.close()
        if self._process.poll() is None:
            self._process.terminate()
            try:
                self._process.wait(GRACE_S)
            except subprocess.TimeoutExpired:
                self._process.kill()
        self._thread.join(GRACE_S)
        log = self.log()
        self._log.close()
        if self._process.stdout is not None and not self._thread.is_alive():
            self._process.stdout.close()
        return log
