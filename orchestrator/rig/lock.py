"""One process at a time has a board. The kernel keeps the lock (flock), so it is free once its holder has died, however.

A lock is a file in a directory that all who use the rig may write; `flock FILE COMMAND` in a shell takes the same lock. The
file stays, and holds who has the lock: a courtesy to those who wait, which decides nothing.
"""

from __future__ import annotations

import getpass
import json
import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

import psutil

from orchestrator.project import UserError

MODE = 0o660  # for the group of the directory
POLL_S = 0.2


class LockError(UserError):
    """The board's lock cannot be had; the message says who has it, or what is wrong with the directory."""


@dataclass(frozen=True)
class Held:
    """Who has a lock, as they said themselves."""

    pid: int
    user: str
    since: str

    def __str__(self) -> str:
        return f"{self.user} (pid {self.pid}, since {self.since})"


def holder(path: Path) -> str:
    """Who has the lock that is taken, in words. What a dead process has left is not believed."""
    with suppress(OSError, ValueError, TypeError):
        said = Held(**json.loads(path.read_text(encoding="utf-8")))
        if psutil.pid_exists(said.pid):
            return str(said)
    return f"somebody who left no name (`fuser -v {path}`)"


def _open(path: Path) -> int:
    folder = path.parent
    if not folder.is_dir():
        raise LockError(
            f"there is no directory {folder} for the locks of the boards: sudo install -d -m 2775 -g dialout {folder} "
            "(ci/README.md: so that it outlives a restart)"
        )
    try:
        fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, MODE)
    except OSError as error:
        raise LockError(
            f"may not use the lock {path} ({error.strerror}): {folder} and what is in it must be open to a group that you are in, "
            f"group {folder.group()} now: sudo usermod -aG {folder.group()} {getpass.getuser()}, and log in anew"
        ) from None
    with suppress(PermissionError):  # somebody else's, who has done it
        os.fchmod(fd, MODE)
    return fd


def _take(fd: int, path: Path, wait_s: float, tell: Callable[[str], None], ended: threading.Event) -> None:
    import fcntl  # not on Windows, where there is no rig

    deadline = time.monotonic() + wait_s
    told = ""
    while True:
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return
        except BlockingIOError:
            who = holder(path)
        if time.monotonic() >= deadline:
            raise LockError(f"it is held by {who}, and was not free within {wait_s:g} s")
        if who != told:
            tell(f"it is held by {who}: waiting for up to {wait_s:g} s")
            told = who
        if ended.wait(min(POLL_S, wait_s)):
            raise LockError(f"it was held by {who} when the run was ended")


@contextmanager
def hold(
    folder: Path, key: str, wait_s: float, tell: Callable[[str], None], ended: threading.Event | None = None
) -> Iterator[None]:
    """Have the lock `key` in `folder`, waiting for it for up to `wait_s` or until `ended`; `tell` is told for whom. LockError when
    it cannot be had."""
    path = folder / f"{key}.lock"
    fd = _open(path)
    try:
        _take(fd, path, wait_s, tell, ended or threading.Event())
        me = Held(os.getpid(), getpass.getuser(), datetime.now().astimezone().isoformat(timespec="seconds"))
        os.ftruncate(fd, 0)
        os.pwrite(fd, json.dumps(asdict(me)).encode(), 0)
        try:
            yield
        finally:
            os.ftruncate(fd, 0)
    finally:
        os.close(fd)
