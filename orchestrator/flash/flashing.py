"""Which tool flashes a board now, through which probe, and what it ran on the board afterwards."""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from orchestrator.flash import uf2
from orchestrator.flash.errors import FlashError
from orchestrator.flash.identity import build_id, check_identity, identify
from orchestrator.flash.probes import NAMES, Port, Probe, choose_probe, find_probes, same_id, usb_ports
from orchestrator.flash.run import run
from orchestrator.flash.tools import COMMANDS, INTERFACES, TOOLS, command_line
from orchestrator.link import Line
from orchestrator.project import ROOT, WORKSPACE, board_facts

AUTO, EMULATED = "auto", "emulated"
TIMEOUT_S = 120.0
SECOND_PORT_S = 4.0  # how long a port may stay silent before the next of the same probe is asked
RESTART_S = 15.0  # how long the RP2040 may take to restart from its drive


@dataclass(frozen=True)
class Flashed:
    """What was done: the tool, its probe ("" without one), the port, and what the board there says of itself."""

    board: str
    tool: str
    probe: str
    port: str
    boot: Line

    def __str__(self) -> str:
        through = f" through probe {self.probe}" if self.probe else ""
        runs = ", ".join(f"{key} {self.boot[key]}" for key in ("app", "build", "model") if key in self.boot)
        how = "emulated" if self.tool == EMULATED else f"flashed by {self.tool}{through}"
        return f"{self.board}, {how}: at {self.port} it says that it runs {runs}"


@dataclass(frozen=True)
class Way:
    """One tool of a board's manifest that can reach the board now."""

    tool: str
    target: str  # the chip's name for that tool
    probe: str = ""
    kind: str = ""  # of the probe
    drive: Path | None = None
    script: Path | None = None
    family: int = 0  # of UF2


def flash_facts(board: str) -> Mapping[str, Any]:
    """What the manifest says of flashing; FlashError for a board that cannot be flashed, such as the host."""
    facts = board_facts(board)["fieldmouse"].get("flash")
    if not facts:
        raise FlashError(f"{board} is flashed to by nothing but its emulator: --port emu://{board}")
    return facts


def is_emulated(tool: str, port: str) -> bool:
    """Whether the image goes to an emulated board."""
    return tool == EMULATED or port.lower().startswith("emu:")


@dataclass(frozen=True)
class _Reach:
    """What of a board is connected: its drive, or why there is none; its probe; its serial port."""

    kind: str  # of probe, by the manifest
    drive: Path | None
    no_drive: str
    probe: Probe | None
    port: str


def _reach(
    rows: Sequence[Mapping[str, str]], kind: str, wanted: str, port: str, probes: Sequence[Probe] | None
) -> _Reach:
    """Look for what the tools in `rows` work through. `wanted` is the id of a probe, or where a drive is mounted."""
    drive, no_drive = None, "no drive of the board: hold BOOTSEL while you plug it in"
    is_drive = bool(wanted) and Path(wanted).is_dir()
    label = next((row["target"] for row in rows if row["tool"] == "uf2"), "")
    if label and (is_drive or not wanted):
        try:
            drive = uf2.find_drive(label, wanted)
        except FlashError as error:
            if is_drive:
                raise
            no_drive = str(error)
    probe = None
    if drive is None and any(TOOLS[row["tool"]].probe and TOOLS[row["tool"]].program for row in rows):
        probe = choose_probe(find_probes() if probes is None else probes, kind, wanted)
    return _Reach(kind, drive, no_drive, probe, port)


def _why_not(row: Mapping[str, str], reach: _Reach) -> str:
    """Why a tool of the manifest cannot be used now; "" when it can."""
    tool, probe = TOOLS[row["tool"]], reach.probe
    if tool.name == "uf2":
        return "" if reach.drive else reach.no_drive
    if tool.program is None:
        return f"not installed: {tool.install}"
    if not tool.probe:
        return "" if reach.port else "no serial port of the board: plug it in, or name it with --port"
    if probe is None:
        return f"no {NAMES[reach.kind]} is connected: plug it in"
    if tool.name == "pyocd" and not probe.pyocd:
        return f"pyOCD cannot use {probe}" + (": install SEGGER's J-Link software" if probe.kind == "jlink" else "")
    if tool.name in ("jlink", "nrfjprog") and probe.kind != "jlink":
        return f"it works with a J-Link only, and this is {probe}"
    return ""


def choose_way(board: str, tool: str, wanted: str, port: str, probes: Sequence[Probe] | None = None) -> Way:
    """The first tool of the board's manifest that can be used now, or `tool`; FlashError with the reason of each."""
    facts = flash_facts(board)
    rows = [row for row in facts["tools"] if tool in (AUTO, "", row["tool"])]
    if not rows:
        known = ", ".join([*(row["tool"] for row in facts["tools"]), EMULATED])
        raise FlashError(f"{board} is not flashed by {tool!r}; there are: {known}")
    reach = _reach(rows, facts.get("probe", ""), wanted, port, probes)
    reasons = {row["tool"]: _why_not(row, reach) for row in rows}
    for row in rows:
        if not reasons[row["tool"]]:
            script = ROOT / "orchestrator" / "flash" / "targets" / row["script"] if row.get("script") else None
            through = reach.probe if TOOLS[row["tool"]].probe else None
            of_probe = (through.id, through.kind) if through else ("", "")
            return Way(row["tool"], row["target"], *of_probe, reach.drive, script, int(row.get("family", "0"), 0))
    listed = "\n".join(f"  {name}: {why}" for name, why in reasons.items())
    raise FlashError(
        f"nothing can flash {board} now:\n{listed}\n`./inv doctor` shows what is connected and what is missing; "
        f"without a board: --port emu://{board}"
    )


def own_port(board: str, ports: Sequence[Port], wanted: str = "") -> str:
    """The serial port of a board that has USB of its own, as the Uno, by the ids in its manifest, and by its serial number when
    that is `wanted`; "" for none."""
    ids = {(int(row["vid"], 16), int(row["pid"], 16)) for row in flash_facts(board).get("usb", ())}
    return _only([p for p in ports if (p.vid, p.pid) in ids and (not wanted or same_id(p.serial_number, wanted))])


def _only(ports: Sequence[Port]) -> str:
    if len(ports) > 1:
        listed = "\n  ".join(str(port) for port in ports)
        raise FlashError(f"several serial ports could be the board's: choose one with --port:\n  {listed}")
    return ports[0].device if ports else ""


def find_ports(probe: str, board: str, ports: Sequence[Port]) -> list[str]:
    """The ports on which the UART of a board behind `probe` may come out: those of the probe (some have two), or the only one
    there is. FlashError when none or several others could be it: what was flashed could not be checked."""
    of_probe = [port.device for port in ports if probe and same_id(port.serial_number, probe)]
    found = of_probe or list(filter(None, [_only(ports)]))
    if not found:
        raise FlashError(
            f"no serial port: the build id of {board} could not be read back after flashing. Connect its UART "
            f"(PORT_UART_TX_PIN and PORT_UART_RX_PIN in boards/{board}.json), or name the port with --port"
        )
    return found


def prove(ports: Sequence[str], build: str, board: str) -> tuple[str, Line]:
    """The first of `ports` at which `board` answers, and its answer, which must be of `build`; FlashError otherwise."""
    for port in ports[:-1]:
        with suppress(FlashError):
            boot = identify(port, board, SECOND_PORT_S)
            check_identity(boot, build, board, port)
            return port, boot
    boot = identify(ports[-1], board)
    check_identity(boot, build, board, ports[-1])
    return ports[-1], boot


def flash_emulated(image: Path, board: str, port: str) -> str:
    """Put the image where the emulated board at `port` boots from, and return its address: the file that `fw` names is that
    board's flash; without `fw` it is what `emu://BOARD` boots."""
    port = port or f"emu://{board}"
    parts = urlsplit(port)
    if parts.netloc != board:
        raise FlashError(f"{port} is not an emulated {board}: the image would not run there")
    named = next((value for key, value in parse_qsl(parts.query) if key == "fw"), "")
    place = Path(named).resolve() if named else WORKSPACE / "flash" / f"{board}.elf"
    if place != image.resolve():
        place.parent.mkdir(parents=True, exist_ok=True)
        partial = place.with_name(place.name + ".part")
        shutil.copyfile(image, partial)
        shutil.copymode(image, partial)
        partial.replace(place)
    return port


def program(image: Path, way: Way, port: str, timeout_s: float = TIMEOUT_S) -> None:
    """Program the board in `way`. The tool runs in the image's folder and is given bare names, so that no path needs
    quoting for anybody's script language. FlashError when it fails."""
    if way.drive is not None and way.tool == "uf2":
        uf2.write_drive(way.drive, uf2.to_uf2(uf2.segments(image), way.family), RESTART_S)
        return
    tool = TOOLS[way.tool]
    path = tool.program
    if path is None:
        raise FlashError(f"{tool.name} is not installed: {tool.install}")
    interface, transport = INTERFACES.get(way.kind, ("", ""))
    values = {
        "target": way.target,
        "image": image.with_suffix(".hex").name,
        "probe": way.probe,
        "port": port,
        "script": str(way.script or ""),
        "interface": interface,
        "transport": transport,
    }
    if tool.commands:
        (image.parent / COMMANDS).write_text(tool.commands.format(**values), encoding="ascii")
    run(tool, command_line(tool, path, values), image.parent, timeout_s)


def flash(
    image: Path, board: str, *, port: str = "", probe: str = "", tool: str = AUTO, timeout_s: float = TIMEOUT_S
) -> Flashed:
    """Flash `image` (a built firmware.elf with its firmware.hex beside it) onto `board`, and prove that it runs there.

    `tool` is a name of TOOLS, `emulated`, or `auto`: the first of the manifest that can be used now. `probe` chooses a probe by
    its id, or an RP2040's drive by where it is mounted; `port` is where the board's UART comes out. FlashError for all that
    a person can mend; nothing is written to a board before its tool, probe and port are known.
    """
    build = build_id(image)
    if is_emulated(tool, port):
        way, places = Way(EMULATED, board), [flash_emulated(image, board, port)]
    else:
        ports = usb_ports()
        own = port or own_port(board, ports, probe)
        way = choose_way(board, tool, probe, own)
        places = [own] if own else find_ports(way.probe, board, ports)
        program(image, way, places[0], timeout_s)
    port, boot = prove(places, build, board)
    return Flashed(board, way.tool, way.probe, port, boot)
