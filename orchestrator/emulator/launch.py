"""From an `emu://` address to the command that emulates that board."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from importlib import import_module
from itertools import pairwise
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

ROOT = Path(__file__).resolve().parents[2]
ENGINES = ("emulator", "cross_check")  # members of a manifest that tell a command


class LaunchError(Exception):
    """The address names nothing that can be started; the message says what would."""


@dataclass(frozen=True)
class Launch:
    """An emulator to start: from the project's folder, with its standard streams as the UART."""

    board: str
    command: list[str]


def boards(root: Path = ROOT) -> list[str]:
    """The names of all boards."""
    return sorted(path.stem for path in (root / "boards").glob("*.json"))


def resolve(url: str, root: Path = ROOT) -> Launch:
    """Reads `emu://<board>[?fw=<elf>][&via=cross_check][&key=value…]`: without `fw`, what was last flashed; `via` chooses
    the manifest's second engine; each other key becomes an option `--key=value` of the emulator."""
    parts = urlsplit(url)
    name = parts.netloc
    if parts.scheme.lower() != "emu" or not name or parts.path not in ("", "/"):
        raise LaunchError(
            f"{url!r} is no emulated board: it is emu://<board>, with ?fw=<firmware.elf> for other than the flashed one"
        )
    if name not in boards(root):
        raise LaunchError(f"no board {name!r}; there are: {', '.join(boards(root))}")
    row = json.loads((root / "boards" / f"{name}.json").read_text(encoding="utf-8"))
    query = parse_qsl(parts.query, keep_blank_values=True)
    via = next((value for key, value in query if key == "via"), "emulator")
    template = row.get("fieldmouse", {}).get(via, {}).get("command") if via in ENGINES else None
    if not template:
        raise LaunchError(f"board {name!r} has no emulator" + ("" if via == "emulator" else f" called {via!r}"))
    chosen = [value for key, value in query if key == "fw"]
    if chosen:
        firmware = Path(chosen[-1]).resolve()
        if not firmware.is_file():
            raise LaunchError(f"there is no firmware {firmware}")
    else:
        firmware = root / ".fieldmouse" / "flash" / f"{name}.elf"
        if not firmware.is_file():
            raise LaunchError(
                f"nothing was flashed to {name!r} yet: flash it, or name the image with ?fw=<firmware.elf>"
            )
    values = {"python": sys.executable, "board": name, "firmware": str(firmware)}
    command = [part.format(**values) for part in template]
    engine = row["fieldmouse"][via]
    for key, lacks in (("inject", not engine.get("injects", True)), ("counts", engine.get("counts") == [])):
        if lacks and any(key == name for name, _ in query):
            raise LaunchError(f"board {name!r} cannot do {key!r}: it is no emulator, but {engine['engine']}")
    return Launch(name, command + [f"--{key}={value}" for key, value in query if key not in ("fw", "via")])


def prepare(launch: Launch) -> None:
    """Brings what the engine needs and this checkout lacks: `install()` of the `install.py` beside its `__main__.py`.

    The engine would do that by itself at its first start; but it may take minutes, in which whoever opened the port would
    wait for an answer in vain, and go, and leave the work half done. LaunchError when it cannot be had."""
    package = next((name for flag, name in pairwise(launch.command) if flag == "-m"), "")
    if package and (ROOT / Path(*package.split(".")) / "install.py").is_file():
        import_module(f"{package}.install").install()
