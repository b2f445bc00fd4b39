"""Calls functions of an ELF on a bare core, without a chip around it: what it returns, writes and costs.

For benchmarks and for tests that compare bits. `link` makes such an ELF from C and assembly.
"""

from __future__ import annotations

import struct
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import unicorn
from unicorn import arm_const as arm

from .counter import Counter
from .image import Image, load
from .memory import PAINT, Memory

CODE, CODE_BYTES = 0x00010000, 0x00400000
RAM, RAM_BYTES = 0x20000000, 0x00100000
STACK_BYTES = 0x10000
RETURN = 0x0000FF00  # where a function returns to: mapped by nothing
LIMIT = 1 << 32  # instructions of one call
FPU_ON = 0xF << 20

SECTIONS = ("-ffunction-sections", "-fdata-sections")
SCRIPT = f"""
MEMORY {{ code (rx) : ORIGIN = {CODE:#x}, LENGTH = {CODE_BYTES:#x} ram (rw) : ORIGIN = {RAM:#x}, LENGTH = {RAM_BYTES:#x} }}
SECTIONS {{
  .text : {{ *(.text*) *(.rodata*) . = ALIGN(4); }} > code
  .data : {{ *(.data*) . = ALIGN(4); }} > ram
  .bss (NOLOAD) : {{ *(.bss*) *(COMMON) . = ALIGN(4); end = .; }} > ram
  /DISCARD/ : {{ *(.ARM.exidx*) *(.ARM.extab*) *(.comment) }}
}}
"""


@dataclass(frozen=True)
class Core:
    """A core as the compiler and Unicorn know it."""

    flags: tuple[str, ...]
    model: int
    fpu: bool


CORES = {
    "cortex-m0plus": Core(("-mcpu=cortex-m0plus", "-mthumb", "-mfloat-abi=soft"), arm.UC_CPU_ARM_CORTEX_M0, False),
    "cortex-m4f": Core(
        ("-mcpu=cortex-m4", "-mthumb", "-mfpu=fpv4-sp-d16", "-mfloat-abi=hard"), arm.UC_CPU_ARM_CORTEX_M4, True
    ),
    "cortex-m7f": Core(
        ("-mcpu=cortex-m7", "-mthumb", "-mfpu=fpv5-sp-d16", "-mfloat-abi=hard"), arm.UC_CPU_ARM_CORTEX_M7, True
    ),
}


class BareError(Exception):
    """The compiler refused, or a call did something that no function may; the message says what."""


def _gcc(target: Path, core: str, options: Sequence[str]) -> Path:
    line = ["arm-none-eabi-gcc", *CORES[core].flags, *options, "-o", str(target)]
    try:
        done = subprocess.run(line, capture_output=True, text=True)
    except FileNotFoundError:
        raise BareError(
            "arm-none-eabi-gcc is not here: install gcc-arm-none-eabi and libnewlib-arm-none-eabi"
        ) from None
    if done.returncode:
        raise BareError(f"arm-none-eabi-gcc could not make {target.name}:\n{done.stderr.strip()}")
    return target


def compile_object(target: Path, core: str, source: Path, flags: Sequence[str]) -> Path:
    """One C or assembly file as an object that `link` takes, so that many ELFs can share it."""
    return _gcc(target, core, [*SECTIONS, *flags, "-c", str(source)])


def link(target: Path, core: str, sources: Sequence[Path], flags: Sequence[str], keep: Sequence[str]) -> Path:
    """An ELF for `core` of `sources` (C, assembly or objects), with the symbols in `keep` and what they need, and
    nothing else."""
    script = target.with_suffix(".ld")
    script.write_text(SCRIPT, encoding="utf-8")
    roots = [f"-Wl,--undefined={name}" for name in keep]
    options = [*SECTIONS, *flags, "-nostartfiles", f"-Wl,-T,{script}", "-Wl,--gc-sections", f"-Wl,--entry={keep[0]}"]
    return _gcc(target, core, [*options, *roots, "--specs=nano.specs", *map(str, sources), "-lm"])


@dataclass(frozen=True)
class Call:
    """One call: R0 as it returned, instructions from the first to the return, bytes of stack."""

    result: int
    instructions: int
    stack: int


class Bare:
    """An ELF of `link` in memory. RAM keeps what calls leave in it, as on a chip."""

    def __init__(self, elf: Path, core: str) -> None:
        facts = CORES[core]
        self.image: Image = load(elf)
        self._uc = unicorn.Uc(unicorn.UC_ARCH_ARM, unicorn.UC_MODE_THUMB | unicorn.UC_MODE_MCLASS, facts.model)
        self._counter = Counter(self._uc)
        self._memory = Memory(self._uc, self._counter)  # it owns the bytes
        self._memory.add(CODE, CODE_BYTES, False)
        self._memory.add(RAM, RAM_BYTES, True)
        for address, data in self.image.segments:
            self._view(address, len(data))[:] = data
        bss, end = max((a + len(d) for a, d in self.image.segments if a >= RAM), default=RAM), self.image.symbols["end"]
        self._view(bss, end - bss)[:] = bytes(end - bss)
        self._free = -(-end // 8) * 8
        self._trap = ""
        self._uc.hook_add(unicorn.UC_HOOK_INTR, self._on_trap)
        if facts.fpu:
            self._uc.reg_write(arm.UC_ARM_REG_FPEXC, 1 << 30)

    def _on_trap(self, uc: unicorn.Uc, number: int, _user: object) -> None:
        self._trap = f"exception {number}"
        uc.emu_stop()

    def _view(self, address: int, size: int) -> memoryview:
        view = self._memory.at(address, size)
        if view is None:
            raise BareError(f"{size} bytes at {address:#x} are no memory")
        return view

    def new(self, data: bytes | int) -> int:
        """The address of a new array in RAM, aligned to 8 bytes: these bytes, or so many of value 0."""
        data = bytes(data)
        address = self._free
        self._free = -(-(address + len(data)) // 8) * 8
        if self._free > RAM + RAM_BYTES - STACK_BYTES:
            raise BareError("no RAM left")
        self._view(address, len(data))[:] = data
        return address

    def read(self, address: int, size: int) -> bytes:
        """Bytes of memory."""
        return bytes(self._view(address, size))

    def write(self, address: int, data: bytes) -> None:
        """Put bytes into memory."""
        self._view(address, len(data))[:] = data

    def address(self, symbol: str) -> int:
        """Where a symbol is."""
        try:
            return self.image.symbols[symbol]
        except KeyError:
            raise BareError(f"the ELF has no {symbol}") from None

    def call(self, symbol: str, *arguments: int) -> Call:
        """Calls a function with integers and addresses, by the procedure call standard (AAPCS 6.4)."""
        uc, top = self._uc, RAM + RAM_BYTES
        paint = self._view(top - STACK_BYTES, STACK_BYTES)
        paint[:] = bytes([PAINT]) * STACK_BYTES
        words = [value & 0xFFFFFFFF for value in arguments]
        spilled = struct.pack(f"<{len(words[4:])}I", *words[4:])
        stack = (top - len(spilled)) & ~7
        self._view(stack, len(spilled))[:] = spilled
        for register, value in zip(range(arm.UC_ARM_REG_R0, arm.UC_ARM_REG_R0 + 4), words[:4], strict=False):
            uc.reg_write(register, value)
        uc.reg_write(arm.UC_ARM_REG_SP, stack)
        uc.reg_write(arm.UC_ARM_REG_LR, RETURN | 1)
        context = self._counter.context
        before, self._trap = context.count, ""
        context.limit, context.stopped = before + LIMIT, 0
        try:
            uc.emu_start(self.address(symbol) | 1, RETURN)
        except unicorn.UcError as error:
            raise BareError(f"{symbol}: {error} at {uc.reg_read(arm.UC_ARM_REG_PC):#x}") from None
        if context.stopped:
            raise BareError(f"{symbol} did not return within {LIMIT:,} instructions")
        if self._trap or uc.reg_read(arm.UC_ARM_REG_PC) & ~1 != RETURN:
            raise BareError(f"{symbol}: {self._trap or 'stopped'} at {uc.reg_read(arm.UC_ARM_REG_PC):#x}")
        written = np.flatnonzero(np.frombuffer(paint, np.uint8) != PAINT)
        untouched = int(written[0]) if written.size else STACK_BYTES
        return Call(uc.reg_read(arm.UC_ARM_REG_R0), context.count - before, stack - (top - STACK_BYTES) - untouched)
