"""`monitor_filters = fieldmouse`: PlatformIO's monitor checks, decodes and colours lines, and adds CRCs to what is typed.

It runs in PlatformIO's own Python, which has none of the project's packages: orchestrator/wire.py needs none.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from platformio.device.monitor.filters.base import DeviceMonitorFilterBase

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
from orchestrator import wire

ERASE = "\b \b"


class Fieldmouse(DeviceMonitorFilterBase):
    """A line is shown when it is whole, and sent when Enter ends it."""

    NAME = "fieldmouse"

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._received = ""
        self._typed = ""

    def rx(self, text: str) -> str:
        """Whole lines, decoded; what is damaged as it came."""
        *whole, self._received = (self._received + text).split("\n")
        return "".join(self._shown(line.rstrip("\r")) for line in whole)

    def _shown(self, line: str) -> str:
        try:
            return wire.painted(wire.parse(line.encode("utf-8", "replace"))) + "\n"
        except (wire.LinkError, KeyError, TypeError):
            return f"damaged  {line}\n" if line else ""

    def tx(self, text: str) -> str:
        """Keys one by one: shown, for the board echoes nothing, and held back until Enter."""
        sent = ""
        for key in text:
            if key in "\r\n":
                self._show("\n" if self._typed else "")
                label = self._typed.lstrip().startswith(wire.LABEL)
                sent += "" if label or not self._typed.strip() else wire.typed(self._typed.encode()).decode()
                self._typed = ""
            elif key in "\b\x7f":
                self._show(ERASE if self._typed else "")
                self._typed = self._typed[:-1]
            else:
                self._show(key)
                self._typed += key
        return sent

    def _show(self, text: str) -> None:
        terminal = self.get_running_terminal()
        if terminal is not None and text:
            terminal.console.write(text)
