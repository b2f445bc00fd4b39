"""Who a board is: what it answers to `info`, against the image that it should run."""

from __future__ import annotations

import time
from pathlib import Path

import serial
from elftools.elf.elffile import ELFFile

from orchestrator.flash.errors import FlashError
from orchestrator.link import Line, LinkError, Node
from orchestrator.project import DEFAULT_BOARD, uart_baud

ANSWER_S = 2.0  # how long one question may wait: a board that has just been reset may not have heard it


def build_id(image: Path) -> str:
    """The build id as `boot` says it: the first eight digits of the GNU build id of an ELF file."""
    with image.open("rb") as file:
        section = ELFFile(file).get_section_by_name(".note.gnu.build-id")
        if section is None:
            raise FlashError(f"{image} has no build id: it is no image of this project")
        return next(section.iter_notes())["n_desc"][:8]


def identify(port: str, board: str = "", timeout_s: float = 15.0) -> Line:
    """What the board at `port` says of itself: its `boot` line. `board` gives the rate of its UART.

    FlashError when the port cannot be opened, or nobody answers in time.
    """
    baud = uart_baud(board or DEFAULT_BOARD)
    emulated = port.startswith("emu:")
    deadline = time.monotonic() + timeout_s
    last = "no answer to `info`"
    try:
        with Node(port, baud, timeout_s if emulated else min(ANSWER_S, timeout_s)) as node:
            while True:
                try:
                    return node.info().boot
                except LinkError as error:
                    last = str(error)
                if time.monotonic() >= deadline:
                    break
    except serial.SerialException as error:
        denied = "ermission" in str(error)
        raise FlashError(
            f"cannot use {port}: {error}" + ("; `./inv doctor` prints the command that allows it" if denied else "")
        ) from None
    raise FlashError(
        f"the board at {port} was not recognised within {timeout_s:g} s: {last}. Is this its port, and are RX and TX wired?"
    )


def check_identity(boot: Line, build: str, board: str, port: str) -> None:
    """FlashError unless `boot` came from `board` running `build`."""
    if boot.get("board") != board:
        raise FlashError(
            f"wrong board: the one at {port} says it is {boot.get('board')!r}, not {board!r}; name the right --port or --board"
        )
    if boot.get("build") != build:
        raise FlashError(
            f"the board at {port} runs build {boot.get('build')}, not {build}, which was just flashed: is this the port of the "
            "board that was flashed? If it is, flash it again"
        )
