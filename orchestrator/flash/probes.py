"""Which debug probes and serial ports are connected, told by pyOCD and by the USB ids of serial ports."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from serial.tools import list_ports

from orchestrator.flash.errors import FlashError
from orchestrator.flash.programs import find

# Kinds of probe by USB vendor and product; an empty set takes every product of that vendor. ci/70-fieldmouse.rules
# opens the same ones, and a test compares both.
USB_IDS: dict[str, dict[int, frozenset[int]]] = {
    "jlink": {0x1366: frozenset()},  # SEGGER
    # STMicroelectronics: ST-Link V2, V2-1 (two ids), and V3 in its variants
    "stlink": {0x0483: frozenset({0x3748, 0x374B, 0x3752, 0x374D, 0x374E, 0x374F, 0x3753, 0x3754})},
    # Raspberry Pi's Debug Probe and picoprobe; Arm's DAPLink
    "cmsis-dap": {0x2E8A: frozenset({0x000C, 0x0004}), 0x0D28: frozenset({0x0204})},
}
NAMES = {"jlink": "J-Link", "stlink": "ST-Link", "cmsis-dap": "CMSIS-DAP probe"}
LIST_TIMEOUT_S = 20


@dataclass(frozen=True)
class Probe:
    """A connected debug probe. `id` is its serial number as pyOCD has it, else as USB has it."""

    id: str
    kind: str  # a key of NAMES
    name: str
    pyocd: bool = False  # pyOCD can use it: a J-Link only with SEGGER's library

    def __str__(self) -> str:
        return f"{self.id} ({NAMES[self.kind]}: {self.name})"


@dataclass(frozen=True)
class Port:
    """A serial port of a USB device."""

    device: str
    vid: int
    pid: int
    serial_number: str
    name: str

    def __str__(self) -> str:
        number = f", serial number {self.serial_number}" if self.serial_number else ""
        return f"{self.device} ({self.name}, {self.vid:04x}:{self.pid:04x}{number})"


def same_id(one: str, other: str) -> bool:
    """Whether two spellings name one probe: USB pads a J-Link's number with zeros, and case differs between systems."""
    return one.lower().lstrip("0") == other.lower().lstrip("0") != ""


def usb_ports() -> list[Port]:
    """The serial ports of USB devices."""
    return [
        Port(row.device, row.vid, row.pid or 0, row.serial_number or "", row.description or "")
        for row in sorted(list_ports.comports())
        if row.vid is not None
    ]


def kind_of(vid: int, pid: int) -> str:
    """The kind of probe behind a USB id, or ""."""
    for kind, vendors in USB_IDS.items():
        if vid in vendors and (not vendors[vid] or pid in vendors[vid]):
            return kind
    return ""


def _kind_of_name(vendor: str, product: str) -> str:
    said = f"{vendor} {product}".lower()
    if "segger" in said or "j-link" in said:
        return "jlink"
    return "stlink" if "stmicro" in said or "st-link" in said or "stlink" in said else "cmsis-dap"


def pyocd_probes() -> list[Probe]:
    """What pyOCD sees; empty without pyOCD. FlashError when pyOCD itself fails."""
    program = find("pyocd")
    if program is None:
        return []
    try:
        done = subprocess.run(
            [program, "json", "--probes", "--no-config"], capture_output=True, text=True, timeout=LIST_TIMEOUT_S
        )
        rows = json.loads(done.stdout)["boards"]
    except (OSError, ValueError, KeyError, subprocess.TimeoutExpired) as error:
        raise FlashError(
            f"`pyocd json --probes` failed ({type(error).__name__}): run it yourself to see why; if it is broken: "
            "rm .venv/requirements.sha256 && ./inv --list"
        ) from None
    return [
        Probe(
            row["unique_id"],
            _kind_of_name(row.get("vendor_name") or "", row.get("product_name") or ""),
            row.get("info") or "",
            pyocd=True,
        )
        for row in rows
    ]


def find_probes(ports: Iterable[Port] | None = None) -> list[Probe]:
    """Every probe that is connected: what pyOCD sees, and what serial ports show that it does not."""
    found = pyocd_probes()
    for port in usb_ports() if ports is None else ports:
        kind = kind_of(port.vid, port.pid)
        if kind and port.serial_number and not any(same_id(port.serial_number, probe.id) for probe in found):
            number = port.serial_number.lstrip("0") if kind == "jlink" else port.serial_number
            found.append(Probe(number, kind, port.name))
    return sorted(found, key=lambda probe: (probe.kind, probe.id))


def choose_probe(probes: Sequence[Probe], kind: str, wanted: str) -> Probe | None:
    """The probe to use: the one that `wanted` names, else the only one of `kind`, None when there is none of it.

    FlashError when `wanted` is not connected, or when there are several.
    """
    listed = "; ".join(str(probe) for probe in probes) or "none"
    if wanted:
        exact = [probe for probe in probes if same_id(probe.id, wanted)]
        if not exact:
            raise FlashError(f"the probe {wanted} is not connected; connected are: {listed}")
        return replace(exact[0], pyocd=any(probe.pyocd for probe in exact))
    fitting = [probe for probe in probes if probe.kind == kind]
    if len(fitting) > 1:
        listed = "\n  ".join(str(probe) for probe in fitting)
        raise FlashError(f"several probes could be meant: choose one with --probe ID:\n  {listed}")
    return fitting[0] if fitting else None
