"""What the project runs on: Python's side, compilers, emulators, tools that flash, and room on the disk."""

from __future__ import annotations

import hashlib
import platform
import shutil
import subprocess
import sys
from importlib import import_module
from importlib.metadata import PackageNotFoundError
from importlib.metadata import version as installed
from importlib.util import find_spec
from pathlib import Path

from orchestrator.doctor.check import REINSTALL, Check, program
from orchestrator.flash.programs import find
from orchestrator.flash.tools import TOOLS
from orchestrator.project import ROOT

NEEDED_BYTES = 1 << 30  # a model, a build and its caches, with room to spare
PACKAGES = ("platformio", "scons", "emlearn", "scikit-learn", "pyserial", "unicorn", "pyocd", "ziglang")
DEMO_PACKAGES = frozenset({"platformio", "scons", "emlearn", "scikit-learn", "pyserial", "unicorn"})
APT = "sudo apt-get install --no-install-recommends"


def project() -> list[Check]:
    """Python, the environment, the disk."""
    said = platform.python_version()
    free = shutil.disk_usage(ROOT).free
    wanted = hashlib.sha256((ROOT / "requirements.txt").read_bytes() + sys.version.encode()).hexdigest()
    stamp = ROOT / ".venv" / "requirements.sha256"
    fresh = stamp.is_file() and stamp.read_text(encoding="ascii") == wanted
    return [
        Check(
            "project", "Python", sys.version_info >= (3, 11), said, "" if sys.version_info >= (3, 11) else "python3.11 inv …", True
        ),
        Check(
            "project", ".venv", fresh, "as requirements.txt pins it" if fresh else "another state than requirements.txt",
            "" if fresh else REINSTALL,
        ),
        Check(
            "project", "disk", free >= NEEDED_BYTES, f"{free / 1e9:.1f} GB free",
            "" if free >= NEEDED_BYTES else "pio run -t clean; rm -rf .fieldmouse/cache .pio/test", True,
        ),
    ] + [_package(name) for name in PACKAGES]  # fmt: skip


def _package(name: str) -> Check:
    try:
        return Check("packages", name, True, installed(name), "", name in DEMO_PACKAGES)
    except PackageNotFoundError:
        return Check("packages", name, False, "not installed", REINSTALL, name in DEMO_PACKAGES)


def toolchains() -> list[Check]:
    """Compilers. zig stands in for the missing ones but AVR's, so it is needed only where they are missing."""
    arm = _with_libc("arm-none-eabi-gcc", "gcc-arm-none-eabi libnewlib-arm-none-eabi")
    avr = _with_libc("avr-gcc", "gcc-avr avr-libc", "-mmcu=atmega328p")
    host = program("toolchains", "cc", f"{APT} gcc", names=("cc", "gcc", "clang"))
    has_zig = find_spec("ziglang") is not None
    zig = Check(
        "toolchains", "zig", has_zig, "in .venv, stands in for cc and arm-none-eabi-gcc" if has_zig else "not installed",
        "" if has_zig else REINSTALL, needed=not (arm.ok and host.ok),
    )  # fmt: skip
    return [arm, avr, host, zig]


def _with_libc(name: str, packages: str, *flags: str) -> Check:
    """A cross compiler with its C library, which Debian packs apart."""
    check = program("toolchains", name, f"{APT} {packages}")
    if not check.ok:
        return check
    done = subprocess.run([name, *flags, "-print-file-name=libc.a"], capture_output=True, text=True, check=False)
    if Path(done.stdout.strip()).is_absolute():
        return check
    return Check("toolchains", name, False, "without its C library", f"{APT} {packages}")


def emulators() -> list[Check]:
    """Unicorn runs the default board; the others run theirs."""
    rp2040js = import_module("orchestrator.emulator.rp2040js.install")
    checks = [_package("unicorn")]
    checks[0] = Check("emulators", "unicorn", checks[0].ok, checks[0].found, checks[0].fix, True)
    fetched = rp2040js.HOME.is_dir() and any(rp2040js.HOME.iterdir())
    checks.append(program("emulators", "node", f"{APT} nodejs npm"))
    checks.append(
        Check(
            "emulators", "rp2040js", fetched, "fetched" if fetched else "comes at the rp2040's first start",
            "" if fetched else "./inv demo --board rp2040",
        )
    )  # fmt: skip
    header = next(
        (p for p in ("/usr/include/simavr", "/usr/local/include/simavr") if Path(p, "sim_avr.h").is_file()), ""
    )
    checks.append(
        Check("emulators", "simavr", bool(header), header or "not installed", "" if header else f"{APT} libsimavr-dev")
    )
    return [*checks, program("emulators", "qemu-system-arm", f"{APT} qemu-system-arm")]


def flashers() -> list[Check]:
    """The tools that flash; a board needs one of its manifest's."""
    flags = {"avrdude": ("-?",), "jlink": ("-NoGui", "1", "-?")}
    return [
        Check("flashing", name, True, find(*tool.programs) or "")
        if tool.program and name == "jlink"
        else program("flashing", name, tool.install, *flags.get(name, ()), names=tool.programs)
        for name, tool in TOOLS.items()
        if tool.programs
    ]
