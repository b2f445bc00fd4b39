"""The lock of a board: for one process at a time, free once its holder has died, and who has it is told."""

from __future__ import annotations

import getpass
import os
import re
import signal
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from orchestrator.project import ROOT
from orchestrator.rig.lock import LockError, hold

KEY = "host-1"
HOLDER = """
import sys
from pathlib import Path
from orchestrator.rig.lock import hold
with hold(Path(sys.argv[1]), "host-1", 20, lambda said: print("told:", said, flush=True)):
    print("has it", flush=True)
    sys.stdin.readline()
"""


def other(folder: Path) -> subprocess.Popen[str]:
    """Another process, which wants the lock, and has it until it is sent a line."""
    command = [sys.executable, "-c", HOLDER, str(folder)]
    return subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def take(folder: Path, wait_s: float = 20.0) -> list[str]:
    """Have the lock for a moment; what was said while waiting."""
    told: list[str] = []
    with hold(folder, KEY, wait_s, told.append):
        pass
    return told


def test_two_processes_take_turns_and_are_told_of_each_other(tmp_path: Path) -> None:
    with other(tmp_path) as first:
        assert first.stdout.readline() == "has it\n"
        said = rf"held by {getpass.getuser()} \(pid {first.pid}, since 20\d\d-.*\), and was not free within 0.3 s"
        with pytest.raises(LockError, match=said):
            take(tmp_path, 0.3)
        with other(tmp_path) as second:
            assert re.match(
                rf"told: it is held by .*pid {first.pid}, .*waiting for up to 20 s", second.stdout.readline()
            )
            first.communicate("\n")
            assert second.stdout.readline() == "has it\n"
            with pytest.raises(LockError, match=f"pid {second.pid}"):
                take(tmp_path, 0)
            second.communicate("\n")
    assert (first.returncode, second.returncode) == (0, 0)
    assert take(tmp_path, 0) == []
    assert (tmp_path / f"{KEY}.lock").read_bytes() == b""


def test_a_holder_that_is_killed_leaves_nothing_behind(tmp_path: Path) -> None:
    with other(tmp_path) as first:
        assert first.stdout.readline() == "has it\n"
        os.kill(first.pid, signal.SIGKILL)
        first.wait()
        assert f'"pid": {first.pid}' in (tmp_path / f"{KEY}.lock").read_text()
    assert take(tmp_path, 0) == []


def test_locks_of_two_boards_are_two(tmp_path: Path) -> None:
    with hold(tmp_path, "host-2", 0, print):
        assert take(tmp_path, 0) == []


def test_a_shell_takes_the_same_lock(tmp_path: Path) -> None:
    """It leaves no name, and the one that a dead holder left is not believed."""
    path = tmp_path / f"{KEY}.lock"
    path.write_text('{"pid": 4194305, "user": "nobody", "since": "2026"}')
    with subprocess.Popen(
        ["flock", str(path), "sh", "-c", "echo has it; read end"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as shell:
        assert shell.stdout.readline() == "has it\n"
        with pytest.raises(LockError, match=f"held by somebody who left no name .`fuser -v {path}`"):
            take(tmp_path, 0)
        shell.communicate("\n")
    assert take(tmp_path, 0) == []


def test_a_lock_is_open_to_the_group_and_not_to_the_world(tmp_path: Path) -> None:
    before = os.umask(0o077)
    try:
        take(tmp_path, 0)
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / f"{KEY}.lock").stat().st_mode) == 0o660


def test_a_directory_that_cannot_be_used_comes_with_the_command(tmp_path: Path) -> None:
    with pytest.raises(
        LockError, match=f"no directory {tmp_path}/none .*sudo install -d -m 2775 -g dialout {tmp_path}/none"
    ):
        take(tmp_path / "none")
    (tmp_path / f"{KEY}.lock").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(LockError, match="sudo usermod -aG"):
        take(tmp_path)
    assert not (tmp_path / "elsewhere").exists()
