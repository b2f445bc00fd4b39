"""Flashing: an image onto a board by the best tool that can reach it now, and proof over serial that it runs there.

`flash` is all that another program needs. A board is told apart by the id of its probe (for the Uno the serial number of
its USB, for a drive of the RP2040 where it is mounted), and by its serial port.
"""

from orchestrator.flash.errors import FlashError
from orchestrator.flash.flashing import Flashed, flash
from orchestrator.flash.identity import build_id, check_identity, identify
from orchestrator.flash.probes import Probe, find_probes

__all__ = ["FlashError", "Flashed", "Probe", "build_id", "check_identity", "find_probes", "flash", "identify"]
