"""The tools that flash boards, as data: how each is called, what its failures look like, how to get it."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from orchestrator.flash.programs import find

Piece = str | tuple[str, ...]

# What went wrong, told from a tool's output, and what to do about it.
CAUSES = {
    "no_probe": "it found no probe: plug in the board's probe, and see `./inv doctor` for permissions",
    "permission": "it may not use the probe or port: `./inv doctor` prints the command that allows it",
    "port": "it could not open the serial port: see `./inv doctor` for the ports that are there",
    "wrong_chip": "another chip than the board's answered: is this the right board, and the right probe?",
    "locked": "the chip is locked against debugging: unlock it, which erases it (for Nordic: nrfjprog --recover)",
    "no_target": "the probe got no answer from the chip: check its power and the wires of SWD, or the Uno's bootloader",
}
PERMISSION = (r"permission denied|access denied|LIBUSB_ERROR_ACCESS|insufficient permissions", "permission")


@dataclass(frozen=True)
class Tool:
    """One tool. In `command`, a tuple within it is left out when a value in it is empty."""

    name: str
    programs: tuple[str, ...]  # names of its program, the usual one first; none for what is built in
    install: str  # how to get it
    command: tuple[Piece, ...] = ()
    faults: tuple[tuple[str, str], ...] = ()  # regular expression on its output, key of CAUSES; the first that fits
    probe: bool = True  # it works through a debug probe
    # For tools that take the name of a file with commands: its content. Its name is COMMANDS.
    commands: str = ""

    @property
    def program(self) -> str | None:
        """The program, or None where it is not installed."""
        return find(*self.programs)


COMMANDS = "flash.jlink"
# OpenOCD's names: the file for a kind of probe, and what selects SWD on it (ST-Link's driver knows only that).
INTERFACES = {
    "jlink": ("jlink.cfg", "transport select swd"),
    "stlink": ("stlink.cfg", ""),
    "cmsis-dap": ("cmsis-dap.cfg", "transport select swd"),
}

TOOLS: Mapping[str, Tool] = {
    tool.name: tool
    for tool in (
        Tool(
            "pyocd",
            ("pyocd",),
            "it is in requirements.txt: rm .venv/requirements.sha256 && ./inv --list",
            ("load", "--no-config", "--no-wait", ("--script", "{script}"), "--target", "{target}", ("--uid", "{probe}"),
             "{image}"),
            (
                PERMISSION,
                (r"no connected debug probes|no target device available|no available debug probes", "no_probe"),
                (r"is not the chip", "wrong_chip"),
                (r"APPROTECT|is locked|protected", "locked"),
                (r"no ack|transfer (fault|timeout)|communication failure|no cores|unexpected ack", "no_target"),
            ),
        ),
        Tool(
            "jlink",
            ("JLinkExe", "JLink") if os.name == "nt" else ("JLinkExe",),
            "install SEGGER's J-Link software",
            ("-Device", "{target}", "-If", "SWD", "-Speed", "4000", "-AutoConnect", "1", "-ExitOnError", "1", "-NoGui", "1",
             ("-SelectEmuBySN", "{probe}"), "-CommandFile", COMMANDS),
            (
                PERMISSION,
                (r"connecting to j-link.*fail|cannot connect to (the )?(probe|j-link)|no emulators? connected", "no_probe"),
                (r"unknown device|device .* is unknown", "wrong_chip"),
                (r"is (secured|locked|protected)", "locked"),
                (r"cannot connect to target|could not (connect|find core)|failed to (connect|attach)", "no_target"),
            ),
            commands="r\nloadfile {image}\nr\ng\nexit\n",
        ),
        Tool(
            "nrfjprog",
            ("nrfjprog",),
            "install Nordic's nRF Command Line Tools and SEGGER's J-Link software",
            ("--family", "{target}", ("--snr", "{probe}"), "--program", "{image}", "--sectoranduicrerase", "--verify", "--reset"),
            (
                PERMISSION,
                (r"no debugger|no emulator|not connected to the pc", "no_probe"),
                (r"family.*(wrong|not match|does not)|unknown_device|wrong_family", "wrong_chip"),
                (r"protection|APPROTECT|recover", "locked"),
                (r"low voltage|cannot connect|no target", "no_target"),
            ),
        ),
        Tool(
            "openocd",
            ("openocd",),
            "sudo apt-get install openocd",
            ("-f", "interface/{interface}", ("-c", "{transport}"), ("-c", "adapter serial {probe}"), "-c", "adapter speed 2000",
             "-f", "target/{target}", "-c", "program {image} verify reset exit"),
            (
                PERMISSION,
                (r"no j-link device found|unable to find a matching cmsis-dap|open failed|no device found", "no_probe"),
                (r"unexpected|wrong device|could not find mem-ap|cannot identify target|unknown device", "wrong_chip"),
                (r"protected|locked", "locked"),
                (r"error connecting dp|init mode failed|unable to connect|target voltage|examination failed", "no_target"),
            ),
        ),
        Tool(
            "avrdude",
            ("avrdude",),
            "sudo apt-get install avrdude",
            ("-p", "{target}", "-c", "arduino", "-P", "{port}", "-b", "115200", "-D", "-U", "flash:w:{image}:i"),
            (
                PERMISSION,
                (r"cannot open port|can't open device|unable to open (programmer|port)", "port"),
                (r"signature", "wrong_chip"),
                (r"not in sync|not responding|unable to read signature", "no_target"),
            ),
            probe=False,
        ),
        Tool("uf2", (), "it is built in", probe=False),
    )
}  # fmt: skip


def command_line(tool: Tool, program: str, values: Mapping[str, str]) -> list[str]:
    """The tool's command for `values`: target, image, probe, port, script, interface, transport."""

    def fill(pieces: Sequence[str]) -> list[str]:
        return [piece.format(**values) for piece in pieces]

    words = [program]
    for piece in tool.command:
        if isinstance(piece, str):
            words += fill([piece])
        elif not any(_lacks(part, values) for part in piece):
            words += fill(piece)
    return words


def _lacks(piece: str, values: Mapping[str, str]) -> bool:
    """Whether a piece names a value that is empty."""
    return any(f"{{{name}}}" in piece and not value for name, value in values.items())
