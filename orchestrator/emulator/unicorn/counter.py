"""Counts instructions and ends runs at a limit: counter.c when a compiler is there, the same in Python when not."""

from __future__ import annotations

import ctypes
from pathlib import Path
from typing import Any

from unicorn import UC_HOOK_BLOCK, UC_HOOK_MEM_READ, UC_HOOK_MEM_WRITE
from unicorn import arm_const as arm
from unicorn.unicorn_py3.unicorn import uclib

from ..compiled import NotCompiledError, compiled

REGIONS_MAX = 8
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
        ("emu_stop", ctypes.c_void_p),
        ("reg_read", ctypes.c_void_p),
        ("region", _Region * REGIONS_MAX),
    ]


def instructions_in(code: bytes) -> int:
    """How many Thumb instructions `code` holds (ARMv7-M ARM, A5.1)."""
    at = n = 0
    while at < len(code):
        at += 4 if code[at + 1] >> 3 >= 0x1D else 2
        n += 1
    return n


def shared_object() -> Path | None:
    """counter.c compiled; None when nothing can compile it."""
    try:
        return compiled("counter.so", [SOURCE], ["-shared", "-fPIC"])
    except NotCompiledError:
        return None


class Counter:
    """Hooks every block of one Unicorn engine."""

    def __init__(self, uc: Any, native: bool = True) -> None:
        self.uc = uc
        self.context = Context(
            emu_stop=ctypes.cast(uclib.uc_emu_stop, ctypes.c_void_p).value,
            reg_read=ctypes.cast(uclib.uc_reg_read, ctypes.c_void_p).value,
        )
        self._regions = 0
        self._lengths: dict[tuple[int, int], int] = {}
        library = shared_object() if native else None
        self.native = library is not None
        if library is None:
            uc.hook_add(UC_HOOK_BLOCK, self._block)
            uc.hook_add(UC_HOOK_MEM_READ | UC_HOOK_MEM_WRITE, self._device, None, *DEVICES)
            return
        self._library = ctypes.CDLL(str(library))
        self._hook(UC_HOOK_BLOCK, self._library.counter_block, EVERYWHERE)
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

    def take_back(self, pc: int) -> None:
        """Uncounts the instructions from `pc` to the end of the block that a fault or a stop cut short."""
        context = self.context
        end = context.block + context.block_bytes
        if context.block <= pc < end:
            context.count -= instructions_in(self.uc.mem_read(pc, end - pc))
        context.block_bytes = 0

    def _device(self, uc: Any, _access: int, address: int, size: int, _value: int, _user: object) -> None:
        if address & (size - 1):
            self.context.unaligned = address
            uc.emu_stop()

    def _block(self, uc: Any, address: int, size: int, _user: object) -> None:
        context = self.context
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
        n = self._lengths.get((address, size))
        if n is None:
            n = instructions_in(uc.mem_read(address, size))
            region = next((r for r in context.region if r.base <= address < r.end), None)
            if region is not None and not region.writable:
                self._lengths[address, size] = n
        context.block = address
        context.block_bytes = size
        context.count += n
