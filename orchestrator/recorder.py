"""`inv monitor --record`: what went over the line, one JSON object a row; fieldmouse/session.py reads it back."""

from __future__ import annotations

import json
import threading
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from fieldmouse.session import FORM
from orchestrator.project import UserError
from orchestrator.wire import Line


class Recorder:
    """Writes each row at once, so that what was recorded survives whatever happens next."""

    def __init__(self, path: Path, port: str) -> None:
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._file = path.open("x", encoding="utf-8")
        except FileExistsError:
            raise UserError(f"{path} is there already and is not overwritten: name another file") from None
        except OSError as error:
            raise UserError(f"cannot record into {path}: {error}") from None
        self._lock = threading.Lock()
        self._started = time.monotonic()
        self._write({"session": FORM, "port": port, "started": datetime.now(UTC).isoformat(timespec="seconds")})

    def _write(self, row: dict[str, Any]) -> None:
        with self._lock:
            self._file.write(json.dumps(row, separators=(",", ":")) + "\n")
            self._file.flush()

    def _at(self) -> float:
        return round(time.monotonic() - self._started, 3)

    def received(self, line: Line) -> None:
        """A line of the board, its CRC checked."""
        self._write({"t": self._at(), "rx": line})

    def sent(self, text: str) -> None:
        """A command, without its CRC."""
        self._write({"t": self._at(), "tx": text.partition("*")[0].strip()})

    def label(self, name: str) -> None:
        """What is true of the samples from here on; "" for nothing that is known."""
        self._write({"t": self._at(), "label": name})

    def close(self) -> None:
        """The end of the record."""
        self._file.close()
