"""Rigs for the tests: a rig.toml of emulated boards with a directory for their locks, and a stand-in for a board."""

from __future__ import annotations

import sys
from pathlib import Path

from orchestrator.project import ROOT

BUILD = "0123abcd"

# A board that answers `info`; what is flashed to it is this very file, so it runs what it was given.
BOARD = """#!{python}
import sys
sys.path.insert(0, {root!r})
from orchestrator.wire import crc16
def say(body):
    sys.stdout.buffer.write(body[:-1] + b',"crc":"%04X"}}\\n' % crc16(body[:-1])); sys.stdout.buffer.flush()
for line in sys.stdin.buffer:
    if line.startswith(b"info"):
        say(b'{{"ev":"boot","app":"x","board":"host","build":"{build}","model":"m"}}')
    elif line.startswith(b"stats"):
        say(b'{{"ev":"stats"}}'); say(b'{{"ev":"stats"}}')
"""


def stand_in(path: Path, build: str = BUILD) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(BOARD.format(python=sys.executable, root=str(ROOT), build=build))
    path.chmod(0o755)
    return path


def emulated(folder: Path, name: str, board: str = "host", env: str = "") -> str:
    """A [[board]] whose flash is a file in `folder`."""
    only = f'envs = ["{env}"]\n' if env else ""
    return f'[[board]]\nname = "{name}"\nboard = "{board}"\nport = "emu://{board}?fw={folder / name}.elf"\n{only}'


def write_rig(folder: Path, *boards: str, settings: str = "") -> Path:
    """A rig.toml in `folder`, its locks beside it."""
    (folder / "locks").mkdir(exist_ok=True)
    path = folder / "rig.toml"
    path.write_text('locks = "locks"\n' + settings + "\n" + "\n".join(boards))
    return path
