"""Emulated boards as serial ports: `emu://<board>?fw=firmware.elf`."""

from __future__ import annotations

import serial


def register() -> None:
    """Makes `serial.serial_for_url("emu://…")` work; calling it again does no harm."""
    if __name__ not in serial.protocol_handler_packages:
        serial.protocol_handler_packages.append(__name__)
