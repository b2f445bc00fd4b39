"""Counts instructions, or cycles, and ends runs at a limit: counter.c when a compiler is there, the same in Python when not."""

from __future__ import annotations

import ctypes
from pathlib import Path
from typing import Any

from unicorn import UC_HOOK_BLOCK, UC_HOOK_MEM_READ, UC_HOOK_MEM_WRITE
from unicorn import arm_const as arm
from unicorn.unicorn_py3.unicorn import uclib

from ..compiled import NotCompiledError, compiled
from .cycles import TAKEN, Cost, cost_of

REGIONS_MAX = 8
CACHE_BYTES = (1 << 16) * 24  # CACHE_BLOCKS of block_t
DEVICES = 0x40000000, 0x5FFFFFFF  # the Peripheral region (ARMv7-M ARM, B3.1)
EVERYWHERE = 1, 0
SOURCE = Path(__file__).with_name("counter.c")


class _Region(ctypes.Structure):
    _fields_ = [
        ("base", ctypes.c_uint64),
        ("end", ctypes.c_uint64),
        ("bytes", ctypes.c_void_p),
        ("writable", ctypes.c_uint64),
    ]


class Context(ctypes.Structure):
    """`counter_t` of counter.c; what its fields mean is said there."""

    _fields_ = [
        ("count", ctypes.c_int64),
        ("limit", ctypes.c_int64),
        ("block", ctypes.c_uint64),
        ("block_bytes", ctypes.c_uint64),
        ("stopped", ctypes.c_uint64),
        ("unaligned", ctypes.c_uint64),
        ("watch", ctypes.c_uint64),
        ("primask", ctypes.c_uint32),
        ("basepri", ctypes.c_uint32),
        ("faultmask", ctypes.c_uint32),
        ("padding", ctypes.c_uint32),
        ("instructions", ctypes.c_int64),
        ("conditional", ctypes.c_uint64),
        ("emu_stop", ctypes.c_void_p),
        ("reg_read", ctypes.c_void_p),
        ("cache", ctypes.c_void_p),
        ("region", _Region * REGIONS_MAX),
    ]


def shared_object() -> Path | None:
    """counter.c compiled; None when nothing can compile it."""
    try:
        return compiled("counter.so", [SOURCE], ["-shared", "-fPIC"])
    except NotCompiledError:
        return None


class Counter:
    """Hooks every block of one Unicorn engine. What it counts is what time goes by: instructions, or cycles."""

    def __init__(self, uc: Any, native: bool = True, cycles: bool = False) -> None:
        self.uc = uc
        self.cycles = cycles
        self.context = Context(
            emu_stop=ctypes.cast(uclib.uc_emu_stop, ctypes.c_void_p).value,
            reg_read=ctypes.cast(uclib.uc_reg_read, ctypes.c_void_p).value,
        )
        self._regions = 0
        self._costs: dict[tuple[int, int], Cost] = {}
        library = shared_object() if native else None
        self.native = library is not None
        if library is None:
            uc.hook_add(UC_HOOK_BLOCK, self._block)
            uc.hook_add(UC_HOOK_MEM_READ | UC_HOOK_MEM_WRITE, self._device, None, *DEVICES)
            return
        self._library = ctypes.CDLL(str(library))
        self._cache = ctypes.create_string_buffer(CACHE_BYTES)
        self.context.cache = ctypes.addressof(self._cache)
        block = self._library.counter_block_cycles if cycles else self._library.counter_block
        self._hook(UC_HOOK_BLOCK, block, EVERYWHERE)
        self._hook(UC_HOOK_MEM_READ | UC_HOOK_MEM_WRITE, self._library.counter_device, DEVICES)

    def _hook(self, kind: int, function: Any, bounds: tuple[int, int]) -> None:
        handle = ctypes.c_size_t()
        error = uclib.uc_hook_add(
            self.uc._uch,
            ctypes.byref(handle),
            kind,
            ctypes.cast(function, ctypes.c_void_p),
            ctypes.byref(self.context),
            ctypes.c_uint64(bounds[0]),
            ctypes.c_uint64(bounds[1]),
        )
        if error:
            raise RuntimeError(f"Unicorn refused a hook (error {error})")

    def add_region(self, base: int, size: int, pointer: int, writable: bool) -> None:
        """Tells where the bytes of a code region are."""
        self.context.region[self._regions] = _Region(base, base + size, pointer, int(writable))
        self._regions += 1

    def instructions(self) -> int:
        """Instructions begun."""
        return self.context.instructions if self.cycles else self.context.count

    def charge(self, cycles: int) -> None:
        """Time that the CPU takes for something that is no instruction."""
        if self.cycles:
            self.context.count += cycles

    def _add(self, cost: Cost, sign: int = 1) -> None:
        if self.cycles:
            self.context.instructions += sign * cost.instructions
            self.context.count += sign * cost.cycles
        else:
            self.context.count += sign * cost.instructions

    def take_back(self, pc: int) -> None:
        """Uncounts what lies from `pc` to the end of the block that a fault or a stop cut short."""
        context = self.context
        end = context.block + context.block_bytes
        if context.block <= pc < end:
            self._add(cost_of(self.uc.mem_read(pc, end - pc)), -1)
        elif context.conditional and pc != end:
            context.count += TAKEN
        context.conditional = 0
        context.block_bytes = 0

    def _device(self, uc: Any, _access: int, address: int, size: int, _value: int, _user: object) -> None:
        if address & (size - 1):
            self.context.unaligned = address
            uc.emu_stop()

    def _block(self, uc: Any, address: int, size: int, _user: object) -> None:
        context = self.context
        if context.conditional:
            context.conditional = 0
            context.count += TAKEN if address != context.block + context.block_bytes else 0
        stop = context.count >= context.limit
        if context.watch and not stop:
            stop = (
                uc.reg_read(arm.UC_ARM_REG_PRIMASK) != context.primask
                or uc.reg_read(arm.UC_ARM_REG_BASEPRI) != context.basepri
                or uc.reg_read(arm.UC_ARM_REG_FAULTMASK) != context.faultmask
            )
        if stop:
            context.block_bytes = 0
            context.stopped = 1
            uc.emu_stop()
            return
        cost = self._costs.get((address, size))
        if cost is None:
            cost = cost_of(uc.mem_read(address, size))
            region = next((r for r in context.region if r.base <= address < r.end), None)
            if region is not None and not region.writable:
                self._costs[address, size] = cost
        context.block = address
        context.block_bytes = size
        context.conditional = int(self.cycles and cost.conditional)
        self._add(cost)
