"""Chooses a compiler from what the machine has, and knows the flags that each one wants for a CPU."""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

NAMES = ("gcc", "zig")

# Our own code is clean under these, whichever compiler runs.
C_FLAGS = [
    "-Wall",
    "-Wextra",
    "-Werror",
    "-Wconversion",
    "-ffunction-sections",
    "-fdata-sections",
    "-fno-common",
    # The same bits on every chip and on the host, whatever its FPU could fuse.
    "-ffp-contract=off",
    "-g",
]

HELP = {
    "gcc": "arm-none-eabi-gcc with newlib is not on PATH: install gcc-arm-none-eabi and libnewlib-arm-none-eabi "
    "(apt install --no-install-recommends …)",
    "zig": "the ziglang compiler is not installed: run ./inv once, which puts it into .venv",
    "avr gcc": "avr-gcc with avr-libc is not on PATH: install gcc-avr and avr-libc (apt install --no-install-recommends …)",
    "avr zig": "zig cannot link for AVR: install gcc-avr and avr-libc",
    "host gcc": "no C compiler (cc, gcc or clang) is on PATH: install gcc",
}


class ToolchainError(RuntimeError):
    """No usable compiler; the message says what to install."""


@dataclass(frozen=True)
class Cpu:
    """How gcc and zig name a CPU with its FPU."""

    gcc: tuple[str, ...]
    zig: tuple[str, ...]


CPUS = {
    "cortex-m0plus": Cpu(
        gcc=("-mcpu=cortex-m0plus", "-mthumb", "-mfloat-abi=soft"),
        zig=("-target", "thumb-freestanding-eabi", "-mcpu=cortex_m0plus"),
    ),
    "cortex-m4": Cpu(
        gcc=("-mcpu=cortex-m4", "-mthumb", "-mfpu=fpv4-sp-d16", "-mfloat-abi=hard"),
        zig=("-target", "thumb-freestanding-eabihf", "-mcpu=cortex_m4+vfp4d16sp"),
    ),
    "cortex-m7": Cpu(
        gcc=("-mcpu=cortex-m7", "-mthumb", "-mfpu=fpv5-sp-d16", "-mfloat-abi=hard"),
        zig=("-target", "thumb-freestanding-eabihf", "-mcpu=cortex_m7+fp_armv8d16sp"),
    ),
}


@dataclass
class Toolchain:
    """What the builder hands to SCons."""

    name: str
    cc: list[str]
    ar: list[str]
    cpu_flags: list[str] = field(default_factory=list)  # compile, assemble and link
    c_flags: list[str] = field(default_factory=list)
    link_flags: list[str] = field(default_factory=list)
    map_flag: str = ""  # before the map file's name; empty for a linker that writes none
    libs: list[str] = field(default_factory=list)
    environ: dict[str, str] = field(default_factory=dict)
    standard: str = "c99"
    prefix_map: str = "-ffile-prefix-map"


def _find_zig(project: Path) -> Path | None:
    """The zig program of the running Python's `ziglang`, else of the project's .venv."""
    program = "zig.exe" if os.name == "nt" else "zig"
    spec = importlib.util.find_spec("ziglang")
    places = [Path(p) for p in (spec.submodule_search_locations or ())] if spec else []
    places += project.glob(".venv/lib/python3*/site-packages/ziglang")
    places.append(project / ".venv" / "Lib" / "site-packages" / "ziglang")
    return next((p / program for p in places if (p / program).is_file()), None)


def _zig(project: Path) -> tuple[Path, dict[str, str]]:
    zig = _find_zig(project)
    if zig is None:
        raise ToolchainError(HELP["zig"])
    cache = str(project / ".fieldmouse" / "cache" / "zig")
    return zig, {"ZIG_GLOBAL_CACHE_DIR": cache, "ZIG_LOCAL_CACHE_DIR": cache}


def _has_gcc(program: str, *flags: str) -> bool:
    """Whether that gcc is on PATH with its C library: Debian has the two in separate packages."""
    if not shutil.which(program):
        return False
    command = [program, *flags, "-print-file-name=libc.a"]  # a bare name when there is none
    return Path(subprocess.run(command, capture_output=True, text=True).stdout.strip()).is_absolute()


def _cortex_m(cpu: str, name: str, project: Path, script: Path) -> Toolchain:
    try:
        flags = CPUS[cpu]
    except KeyError:
        raise ToolchainError(f"no compiler is known for the CPU {cpu!r}") from None
    link = ["-Wl,-T," + str(script), "-Wl,--gc-sections", "-Wl,--build-id=sha1"]
    if name == "gcc":
        if not _has_gcc("arm-none-eabi-gcc"):
            raise ToolchainError(HELP["gcc"])
        return Toolchain(
            name="gcc",
            cc=["arm-none-eabi-gcc"],
            ar=["arm-none-eabi-ar"],
            cpu_flags=list(flags.gcc),
            c_flags=["-Os"],
            link_flags=["-nostartfiles", *link],
            map_flag="-Wl,-Map,",
            libs=["m"],
        )
    zig, environ = _zig(project)
    include = zig.parent / "lib" / "libc" / "include"
    return Toolchain(
        name="zig",
        cc=[str(zig), "cc"],
        ar=[str(zig), "ar"],
        cpu_flags=list(flags.zig),
        # zig brings no C library for bare metal: its compiler-rt links, and musl's headers declare it.
        c_flags=[
            "-Os",
            "-fno-sanitize=undefined",
            *("-isystem", str(include / "arm-linux-musl")),
            *("-isystem", str(include / "generic-musl")),
        ],
        # Without -g zig strips what it links, build id symbol included.
        link_flags=["-g", "-Wl,--entry=Reset_Handler", *link],
        environ=environ,
    )


def is_avr(cpu: str) -> bool:
    """Whether `cpu` is an AVR, whose compiler knows each chip by its own name."""
    return cpu.startswith("at")


def _avr(cpu: str, name: str, script: Path) -> Toolchain:
    if name == "zig":
        raise ToolchainError(HELP["avr zig"])
    mcu = f"-mmcu={cpu}"
    if not _has_gcc("avr-gcc", mcu):
        raise ToolchainError(HELP["avr gcc"])
    return Toolchain(
        name="gcc",
        cc=["avr-gcc"],
        ar=["avr-ar"],
        cpu_flags=[mcu],
        c_flags=["-Os", "-gdwarf-2"],  # its own choice is stabs, which pyelftools cannot read
        link_flags=["-nostartfiles", f"-Wl,-T,{script}", "-Wl,--gc-sections", "-Wl,--build-id=sha1"],
        map_flag="-Wl,-Map,",
        standard="gnu99",  # for __flash, the address space of our constant tables
        prefix_map="-fdebug-prefix-map",  # all that gcc 5.4 knows
    )


def _host(name: str, project: Path) -> Toolchain:
    link = ["-Wl,-dead_strip"] if sys.platform == "darwin" else ["-Wl,--gc-sections", "-Wl,--build-id=sha1"]
    if name == "gcc":
        cc = next((c for c in ("cc", "gcc", "clang") if shutil.which(c)), None)
        if cc is None:
            raise ToolchainError(HELP["host gcc"])
        map_flag = "-Wl,-map," if sys.platform == "darwin" else "-Wl,-Map,"
        return Toolchain("gcc", [cc], ["ar"], c_flags=["-O2"], link_flags=link, map_flag=map_flag, libs=["m"])
    zig, environ = _zig(project)
    return Toolchain(
        name="zig",
        cc=[str(zig), "cc"],
        ar=[str(zig), "ar"],
        c_flags=["-O2", "-fno-sanitize=undefined"],
        link_flags=["-g", *link],
        libs=["m"],
        environ=environ,
    )


def choose(cpu: str, project: Path, script: Path, wanted: str = "") -> Toolchain:
    """The compiler for `cpu` ("native" for the build machine): `wanted` if that is named, else gcc, else zig."""
    if wanted and wanted not in NAMES:
        raise ToolchainError(f"unknown toolchain {wanted!r}: one of {', '.join(NAMES)}")
    problems = []
    names = ("gcc",) if is_avr(cpu) else NAMES  # there is no other for AVR: to speak of it would be no advice
    for name in [wanted] if wanted else names:
        try:
            if cpu == "native":
                return _host(name, project)
            return _avr(cpu, name, script) if is_avr(cpu) else _cortex_m(cpu, name, project, script)
        except ToolchainError as error:
            problems.append(str(error))
    raise ToolchainError("; or ".join(dict.fromkeys(problems)))
