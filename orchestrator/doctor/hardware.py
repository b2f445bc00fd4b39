"""What is plugged in, and whether this person may use it."""

from __future__ import annotations

import getpass
import os
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from orchestrator.doctor.check import Check
from orchestrator.flash import uf2
from orchestrator.flash.errors import FlashError
from orchestrator.flash.probes import NAMES, USB_IDS, find_probes, usb_ports
from orchestrator.project import ROOT, board_facts, boards

SYSFS = Path("/sys/bus/usb/devices")
NODES = Path("/dev/bus/usb")
RULES = ROOT / "ci" / "70-fieldmouse.rules"
INSTALLED = Path("/etc/udev/rules.d") / RULES.name
INSTALL_RULES = f"sudo cp ci/{RULES.name} {INSTALLED.parent}/ && sudo udevadm control --reload && sudo udevadm trigger"


@dataclass(frozen=True)
class Device:
    """A USB device as Linux shows it."""

    vid: int
    pid: int
    name: str
    node: Path


def board_ids() -> dict[tuple[int, int], str]:
    """USB ids of boards with USB of their own: (vendor, product) and the board."""
    rows = {}
    for board in boards():
        for row in board_facts(board)["fieldmouse"].get("flash", {}).get("usb", ()):
            rows[int(row["vid"], 16), int(row["pid"], 16)] = board
    return rows


def is_ours(vid: int, pid: int) -> bool:
    """Whether a USB id is a probe's or a board's that is supported."""
    probes = (vendors.get(vid) for vendors in USB_IDS.values())
    return (vid, pid) in board_ids() or any(found is not None and (not found or pid in found) for found in probes)


def devices(sysfs: Path = SYSFS) -> list[Device]:
    """The probes and boards on USB, by sysfs; empty where there is no sysfs."""
    found = []
    for folder in sorted(sysfs.glob("*")) if sysfs.is_dir() else ():
        try:
            words = {
                name: (folder / name).read_text().strip() for name in ("idVendor", "idProduct", "busnum", "devnum")
            }
        except OSError:
            continue
        vid, pid = int(words["idVendor"], 16), int(words["idProduct"], 16)
        product = folder / "product"
        name = product.read_text().strip() if product.is_file() else ""
        if is_ours(vid, pid):
            found.append(Device(vid, pid, name, NODES / f"{int(words['busnum']):03}" / f"{int(words['devnum']):03}"))
    return found


def connected() -> list[Check]:
    """Probes, serial ports and waiting drives. None is no fault: most of the project needs none."""
    ports = usb_ports()
    try:
        probes = [Check("connected", NAMES[probe.kind], True, str(probe)) for probe in find_probes(ports)]
    except FlashError as error:
        probes = [Check("connected", "probes", False, "pyOCD failed", str(error))]
    owners = board_ids()
    rows = [
        Check(
            "connected", f"serial port{f' of {owners[p.vid, p.pid]}' if (p.vid, p.pid) in owners else ''}", True, str(p)
        )
        for p in ports
    ]
    drives = [
        Check("connected", "drive", True, f"{drive}: {board}")
        for drive in uf2.mounted()
        if (board := uf2.board_of(drive))
    ]
    none = [Check("connected", "probes", True, "none connected")]
    return (probes or none) + (rows or [Check("connected", "serial ports", True, "none of USB connected")]) + drives


def permissions(found: Iterable[Device] | None = None, linux: bool = sys.platform.startswith("linux")) -> list[Check]:
    """On Linux: the udev rules, serial ports, and each probe's device node."""
    if not linux:
        return []
    checks = [_rules(), _ports()]
    for device in devices() if found is None else found:
        allowed = os.access(device.node, os.R_OK | os.W_OK)
        checks.append(
            Check(
                "permissions", f"{device.vid:04x}:{device.pid:04x}", allowed,
                f"{device.name} {device.node}{'' if allowed else ': may not be used'}", "" if allowed else INSTALL_RULES,
            )
        )  # fmt: skip
    return checks


def _rules() -> Check:
    if not INSTALLED.is_file():
        return Check("permissions", "udev rules", False, "not installed", INSTALL_RULES)
    same = INSTALLED.read_bytes() == RULES.read_bytes()
    return Check(
        "permissions", "udev rules", same, str(INSTALLED) if same else "an old version", "" if same else INSTALL_RULES
    )


def _ports() -> Check:
    """Whether this person may open serial ports: root may, and who is in the group that owns them, `dialout` on Debian."""
    name = "serial ports"
    if os.geteuid() == 0:
        return Check("permissions", name, True, "root may open them")
    import grp

    mine = set(os.getgroups())
    nodes = [Path(p.device) for p in usb_ports()]
    if nodes:
        closed = [str(node) for node in nodes if not os.access(node, os.R_OK | os.W_OK)]
        if not closed:
            return Check("permissions", name, True, "every one that is connected may be opened")
        group = nodes[0].group()
        return Check("permissions", name, False, f"{', '.join(closed)} may not be opened", _join(group))
    names = {row.gr_name for row in grp.getgrall() if row.gr_gid in mine}
    group = next((g.gr_name for g in grp.getgrall() if g.gr_name in ("dialout", "uucp")), "dialout")
    said = f"{'in' if group in names else 'not in'} the group {group}"
    return Check("permissions", name, group in names, said, "" if group in names else _join(group))


def _join(group: str) -> str:
    return f"sudo usermod -aG {group} {getpass.getuser()}   # then log in anew"
