"""Which boards a rig has: reads and checks rig.toml, so that nothing is flashed by a file that contradicts itself."""

from __future__ import annotations

import hashlib
import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

from orchestrator.flash.probes import Port, same_id
from orchestrator.project import ROOT, Env, UserError, board_facts, envs, find_board

BY_ID = "/dev/serial/by-id/"
LOCKS = Path("/var/lock/fieldmouse")
NAME = re.compile(r"[a-z0-9][a-z0-9_-]*")
TEXT, WORDS, SECONDS = "a text", "a list of texts", "seconds, above 0"
# What may be said, and as what: of the rig, and of each board.
RIG_KEYS = {"locks": TEXT, "wait_s": SECONDS, "timeout_s": SECONDS, "board": "a list of [[board]]"}
BOARD_KEYS = {"name": TEXT, "board": TEXT, "port": TEXT, "serial": TEXT, "probe": TEXT, "tool": TEXT,
              "envs": WORDS, "features": WORDS}  # fmt: skip
REQUIRED = ("name", "board", "port")
ONCE = ("name", "place", "serial", "probe")  # two boards of a rig cannot share these


class RigError(UserError):
    """rig.toml cannot be used, or a board cannot be had; the message says what to do."""


@dataclass(frozen=True)
class RigBoard:
    """One board of a rig."""

    name: str  # on this rig, for people
    board: str  # a manifest of boards/
    port: str  # its UART: by id, or emu://
    serial: str = ""  # of the USB device that its UART comes through; "" for an emulated board
    probe: str = ""
    tool: str = "auto"
    only: tuple[str, ...] = ()  # only these envs; without: every one of the board
    features: tuple[str, ...] = ()  # words by which `--boards` finds it: what is wired to it, what it is for

    @property
    def emulated(self) -> bool:
        """Whether it is an emulator's process, which is there whenever it is asked for."""
        return self.port.startswith("emu:")

    @property
    def place(self) -> str:
        """What no other board has: its port; of an emulated one its flash."""
        return dict(parse_qsl(urlsplit(self.port).query))["fw"] if self.emulated else self.port

    @property
    def key(self) -> str:
        """What its lock is called: the same for whoever means this board, whatever its name in their rig.toml."""
        if self.emulated:
            return f"{self.board}-{hashlib.sha256(self.place.encode()).hexdigest()[:16]}"
        return f"{self.board}-{quote(self.serial.lower().lstrip('0'), safe='')}"

    @property
    def envs(self) -> list[Env]:
        """The envs that are tested on it."""
        return [env for env in envs(board=self.board) if not self.only or env.name in self.only]

    def absent(self, ports: Sequence[Port]) -> str:
        """Why the board cannot be used now, by the USB serial ports that there are; "" when it is connected."""
        if self.emulated:
            return ""
        mine = [port for port in ports if same_id(port.serial_number, self.serial)]
        if not mine or not Path(self.port).exists():
            what = self.port if mine else f"USB device with the serial number {self.serial}"
            listed = "; ".join(str(port) for port in ports) or "none"
            return f"is not connected: there is no {what}. Plug it in; serial ports that are connected: {listed}"
        device = str(Path(self.port).resolve())
        if device not in [str(Path(port.device).resolve()) for port in mine]:
            return f"is not at {self.port}: its serial number {self.serial} is that of {mine[0]}. Correct rig.toml"
        return ""


@dataclass(frozen=True)
class Rig:
    """What rig.toml says."""

    path: Path
    boards: tuple[RigBoard, ...]
    locks: Path = LOCKS
    wait_s: float = 600.0  # how long to wait for a board that somebody else has
    timeout_s: float = 3600.0  # how long the tests of one env may take

    def choose(self, words: str) -> list[RigBoard]:
        """The boards that have one of `words` (with commas) as their name, board or feature; all without words.

        RigError for a word that fits none: nobody is to think that it was tested.
        """
        wanted = [word.strip() for word in words.split(",") if word.strip()]
        said = {row.name: {row.name, row.board, *row.features} for row in self.boards}
        known = set().union(*said.values())
        if lost := [word for word in wanted if word not in known]:
            raise RigError(
                f"{self.path}: no board is {', '.join(map(repr, lost))}; there are: {', '.join(sorted(known))}"
            )
        return [row for row in self.boards if not wanted or said[row.name] & set(wanted)]


def _check(table: Mapping[str, Any], keys: Mapping[str, str], where: str) -> None:
    """RigError for a key that nobody knows, and for a value of another kind than its key's."""
    for key, value in table.items():
        if key not in keys:
            raise RigError(f"{where}: {key!r} means nothing; there are: {', '.join(keys)}")
        kind = keys[key]
        fits = {
            TEXT: isinstance(value, str) and value == value.strip() != "",
            WORDS: isinstance(value, list) and value and all(isinstance(word, str) and word for word in value),
            SECONDS: isinstance(value, int | float) and not isinstance(value, bool) and 0 < value < float("inf"),
        }.get(kind, isinstance(value, list) and all(isinstance(row, dict) for row in value))
        if not fits:
            raise RigError(f"{where}: {key} = {value!r} is not {kind}")


def _emulated_port(port: str, board: str, where: str) -> str:
    """The address with its `fw` as an absolute path: the tests may run elsewhere. Relative ones are in the project."""
    parts = urlsplit(port)
    query = parse_qsl(parts.query)
    if parts.netloc != board or "fw" not in dict(query):
        raise RigError(f"{where}: {port} is no emulated {board}: that is emu://{board}?fw=FILE, FILE its flash")
    absolute = [(key, str(ROOT / value) if key == "fw" else value) for key, value in query]
    return f"emu://{board}?{urlencode(absolute, quote_via=quote)}"


def _board(table: Mapping[str, Any], where: str) -> RigBoard:
    _check(table, BOARD_KEYS, where)
    if missing := [key for key in REQUIRED if key not in table]:
        raise RigError(f"{where}: it lacks {', '.join(missing)}")
    name, board, port = (table[key] for key in REQUIRED)
    where = f"{where} ({name})"
    if not NAME.fullmatch(name):
        raise RigError(f"{where}: a name is of a-z, 0-9, - and _")
    try:
        flash = board_facts(find_board(board))["fieldmouse"].get("flash", {})
        offered = [env.name for env in envs(board=board)]
    except UserError as error:
        raise RigError(f"{where}: {error}") from None
    if port.startswith("emu:"):
        if through := [key for key in ("serial", "probe", "tool") if key in table]:
            raise RigError(f"{where}: an emulated board has no {', '.join(through)}")
        port = _emulated_port(port, board, where)
    elif not port.startswith(BY_ID) or ".." in port:
        raise RigError(
            f"{where}: port is {BY_ID}… or emu://{board}?fw=FILE: a name as {port} is another board's after the next start"
        )
    elif not flash:
        raise RigError(f"{where}: {board} is no board that can be connected; it can be emu://{board}?fw=FILE")
    else:
        needed = ["serial", *(["probe"] if "probe" in flash else [])]
        if missing := [key for key in needed if key not in table]:
            raise RigError(
                f"{where}: a real {board} needs {' and '.join(missing)}, so that no other board is flashed: `./inv doctor`"
            )
    only = tuple(table.get("envs", ()))
    if lost := [name for name in only if name not in offered]:
        raise RigError(f"{where}: no env of {board} is {', '.join(lost)}; there are: {', '.join(offered)}")
    return RigBoard(name, board, port, table.get("serial", ""), table.get("probe", ""), table.get("tool", "auto"), only,
                    tuple(table.get("features", ())))  # fmt: skip


def _once(rows: Iterable[RigBoard], path: Path) -> None:
    seen: dict[tuple[str, str], str] = {}
    for row in rows:
        for key in ONCE:
            value = str(getattr(row, key))
            said = (key, value.lower().lstrip("0") if key in ("serial", "probe") else value)
            if value and said in seen:
                raise RigError(f"{path}: {seen[said]} and {row.name} have the same {key}, {value}")
            seen[said] = row.name


def read_rig(path: Path) -> Rig:
    """The rig that `path` describes; RigError, with the place, for all that is wrong with it."""
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise RigError(
            f"{path}: {error.strerror}; ci/README.md says how to write one, ci/rig.toml is an example"
        ) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise RigError(f"{path} is damaged: {error}") from None
    _check(document, RIG_KEYS, str(path))
    rows = tuple(_board(table, f"{path}: board {n}") for n, table in enumerate(document.get("board", []), 1))
    if not rows:
        raise RigError(f"{path}: it has no [[board]]: nothing would be tested")
    _once(rows, path)
    settings = {key: float(document[key]) for key in ("wait_s", "timeout_s") if key in document}
    return Rig(path, rows, path.resolve().parent / document.get("locks", LOCKS), **settings)
