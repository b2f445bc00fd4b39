"""Where things are, and which apps, boards and envs there are: read from the folders, never from a list."""

from __future__ import annotations

import configparser
import json
import os
import re
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any
from urllib.parse import quote

ROOT = Path(__file__).resolve().parent.parent
WORKSPACE = ROOT / ".fieldmouse"
DEFAULT_APP = "cattle"
DEFAULT_BOARD = "nrf52840"
_REFERENCE = re.compile(r"\$\{([^.}]+)\.([^}]+)\}")


class UserError(Exception):
    """Something the user can mend; the message says how. Shown without a traceback, exit status 2."""


def apps() -> list[str]:
    """Every app: a folder of apps/ with an app.ini."""
    return sorted(path.parent.name for path in (ROOT / "apps").glob("*/app.ini"))


def boards() -> list[str]:
    """Every board: a row in boards/."""
    return sorted(path.stem for path in (ROOT / "boards").glob("*.json"))


def find_app(name: str) -> str:
    """The app that `name` means; hyphens are as good as underscores."""
    wanted = name.strip().replace("-", "_")
    if wanted not in apps():
        raise UserError(f"there is no app {name!r}; there are: {', '.join(apps())}")
    return wanted


def find_board(name: str) -> str:
    """The board that `name` means."""
    if name not in boards():
        raise UserError(f"there is no board {name!r}; there are: {', '.join(boards())}")
    return name


def board_facts(board: str) -> dict[str, Any]:
    """The whole manifest of `board`."""
    return json.loads((ROOT / "boards" / f"{find_board(board)}.json").read_text(encoding="utf-8"))


def uart_baud(board: str) -> int:
    """The rate of its UART; the host's pipe has none, and is opened like the others."""
    return board_facts(board)["fieldmouse"]["defines"].get("PORT_UART_BAUD", 1_000_000)


@dataclass(frozen=True)
class Budget:
    """What may be taken at most: bytes and instructions; 0 is no limit."""

    flash: int = 0
    ram: int = 0
    instructions: int = 0

    def __bool__(self) -> bool:
        return bool(self.flash or self.ram or self.instructions)


@dataclass(frozen=True)
class Env:
    """One PlatformIO env: an app on a board in a variant. `<app>-<board>` is the board's default, whose variant may be
    a smaller one than the app's default: then `<app>-<board>-<variant>` is no env of its own."""

    name: str
    app: str
    board: str
    variant: str
    model_slot: int = 0  # bytes of RAM for loaded models
    sensors: tuple[str, ...] = ()  # what samples when nobody feeds: "stream=part"
    why: str = ""  # why a board's default env has another variant than the app's default
    libraries: tuple[str, ...] = ()  # of lib/, as it links them
    flash_budget: int = 0  # bytes of the whole image; 0 is what the board has
    model_budget: Budget = Budget()  # of the model alone, as `inv sweep` measures it

    @property
    def folder(self) -> Path:
        """Where PlatformIO builds it."""
        return Path(os.environ.get("PLATFORMIO_BUILD_DIR", ROOT / ".pio" / "build")) / self.name

    @property
    def elf(self) -> Path:
        """The image, with its symbols."""
        return self.folder / "firmware.elf"

    @property
    def url(self) -> str:
        """The emulated board with this image, as a pyserial URL."""
        return f"emu://{self.board}?fw={quote(str(self.elf))}"


def _option(parser: configparser.ConfigParser, section: str, key: str) -> str:
    """An option of `section` or of the section that it extends; `${section.key}` in it stands for another."""
    while not parser.has_option(section, key):
        if not parser.has_option(section, "extends"):
            return ""
        section = parser.get(section, "extends", raw=True).strip()
    text = parser.get(section, key, raw=True).strip()
    return _REFERENCE.sub(lambda found: _option(parser, found[1], found[2]), text)


def _number(parser: configparser.ConfigParser, section: str, key: str) -> int:
    return int(_option(parser, section, key) or 0)


def _env(parser: configparser.ConfigParser, section: str) -> Env:
    return Env(
        section[4:],
        _option(parser, section, "custom_app"),
        _option(parser, section, "board"),
        _option(parser, section, "custom_variant"),
        _number(parser, section, "custom_model_slot"),
        tuple(_option(parser, section, "custom_sensors").split()),
        _option(parser, section, "custom_why"),
        tuple(_option(parser, section, "lib_deps").split()),
        _number(parser, section, "custom_flash_budget"),
        Budget(*(_number(parser, section, f"custom_model_{what.name}_budget") for what in fields(Budget))),
    )


def envs(app: str | None = None, board: str | None = None) -> list[Env]:
    """Every env of every app, in the order of the files; of one app or one board when given."""
    found = []
    for path in sorted((ROOT / "apps").glob("*/app.ini")):
        parser = configparser.ConfigParser(interpolation=None, inline_comment_prefixes=(";",))
        parser.read(path, encoding="utf-8")
        for section in parser.sections():
            if section.startswith("env:"):
                row = _env(parser, section)
                if app in (None, row.app) and board in (None, row.board):
                    found.append(row)
    return found


def not_offered(app: str) -> dict[str, str]:
    """The boards on which an app is not offered, each with the reason: section `[<app>-not-offered]` of its app.ini."""
    parser = configparser.ConfigParser(interpolation=None, inline_comment_prefixes=(";",))
    parser.read(ROOT / "apps" / find_app(app) / "app.ini", encoding="utf-8")
    section = f"{app}-not-offered"
    return dict(parser.items(section)) if parser.has_section(section) else {}


def find_env(app: str, board: str, variant: str = "") -> Env:
    """The env of an app, board and variant (without one: the board's default), or a UserError with what there is."""
    app, board = find_app(app), find_board(board)
    for env in envs(app, board):
        if env.variant == variant if variant else env.name == f"{app}-{board}":
            return env
    offered = ", ".join(env.name for env in envs(app)) or "none"
    wanted = "-".join(part for part in (app, board, variant) if part)
    why = not_offered(app).get(board, "") or next((env.why for env in envs(app, board) if env.why), "")
    raise UserError(f"{wanted} is not offered (apps/{app}/app.ini){why and f': {why}'}; there are: {offered}")


def check_variant(app: str, variant: str) -> str:
    """The variant, or a UserError with those that the app has."""
    known = sorted({env.variant for env in envs(find_app(app))})
    if variant not in known:
        named = ", ".join(repr(name) for name in known if name) or "none beside the default"
        raise UserError(f"{app} has no variant {variant!r}; there are: {named}")
    return variant


def data_folder(data: str) -> str:
    """The folder that `--data` or FIELDMOUSE_DATA names, as an absolute path; empty for the simulator."""
    folder = data or os.environ.get("FIELDMOUSE_DATA", "")
    return str(Path(folder).expanduser().resolve()) if folder else ""
