"""`inv monitor` behind a pipe: every answer is shown, and the exit status tells whether there was a board."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from orchestrator.project import ROOT

# A board that takes its time, answers one line, and then does {then}
BOARD = """#!{python}
import os, sys, time
sys.path.insert(0, {root!r})
from orchestrator.link import crc16
time.sleep(0.5)
os.read(0, 100)
body = b'{{"ev":"boot","app":"none"'
{then}
"""
ANSWERS = 'os.write(1, body + b\',"crc":"%04X"}\\n\' % crc16(body)); os.read(0, 100)'
ENDS = "sys.exit('it fell over')"
SAYS_NONSENSE = "os.write(1, b'nonsense\\n'); os.read(0, 100)"


@pytest.fixture
def monitor(tmp_path: Path):
    def run(then: str, **stdin) -> subprocess.CompletedProcess[str]:
        firmware = tmp_path / "firmware.py"
        firmware.write_text(BOARD.format(python=sys.executable, root=str(ROOT), then=then))
        firmware.chmod(0o755)
        command = [sys.executable, "-m", "invoke", "monitor", "--port", f"emu://host?fw={firmware}"]
        return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, **stdin)

    return run


def test_an_answer_after_the_end_of_input_is_shown(monitor):
    done = monitor(ANSWERS, input="info")
    assert (done.returncode, done.stdout.split()) == (0, ["boot", "app=none"])


def test_a_board_that_is_gone_is_told_though_nobody_types(monitor):
    waiting = subprocess.Popen(
        [sys.executable, "-c", "import time; print('x', flush=True); time.sleep(600)"], stdout=-1
    )
    try:
        done = monitor(ENDS, stdin=waiting.stdout)
    finally:
        waiting.kill()
        waiting.wait()
    assert done.returncode == 2
    assert "inv: the line is gone: the emulator ended (exit status 1): it fell over" in done.stderr
    assert done.stderr.count("it fell over") == 1


def test_a_board_that_never_speaks_the_protocol_is_a_failure(monitor):
    done = monitor(SAYS_NONSENSE, input="info\n")
    assert done.returncode == 2
    assert "said nothing" in done.stderr
