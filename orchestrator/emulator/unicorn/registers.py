"""Reads and writes many registers of a Unicorn engine in one call: exception entry and return need it to be quick."""

from __future__ import annotations

import ctypes
from typing import Any

from unicorn import arm_const as arm
from unicorn.unicorn_py3.unicorn import uclib

R0, R1, R2, R3, R12 = (getattr(arm, f"UC_ARM_REG_R{n}") for n in (0, 1, 2, 3, 12))
LR, PC, SP, XPSR = arm.UC_ARM_REG_LR, arm.UC_ARM_REG_PC, arm.UC_ARM_REG_SP, arm.UC_ARM_REG_XPSR
MSP, PSP, CONTROL = arm.UC_ARM_REG_MSP, arm.UC_ARM_REG_PSP, arm.UC_ARM_REG_CONTROL
PRIMASK, BASEPRI, FAULTMASK = arm.UC_ARM_REG_PRIMASK, arm.UC_ARM_REG_BASEPRI, arm.UC_ARM_REG_FAULTMASK


class Register:
    """One register of one engine."""

    def __init__(self, uc: Any, register: int) -> None:
        self._uch = uc._uch
        self._id = ctypes.c_int(register)
        self._value = ctypes.c_uint32()
        self._pointer = ctypes.byref(self._value)

    def read(self) -> int:
        """Its value."""
        uclib.uc_reg_read(self._uch, self._id, self._pointer)
        return self._value.value

    def write(self, value: int) -> None:
        """Gives it a value."""
        self._value.value = value
        uclib.uc_reg_write(self._uch, self._id, self._pointer)


class RegisterSet:
    """A fixed list of registers of one engine."""

    def __init__(
        self, uc: Any, registers: list[int], width: type[ctypes.c_uint32] | type[ctypes.c_uint64] = ctypes.c_uint32
    ) -> None:
        n = len(registers)
        self._uch = uc._uch
        self._n = n
        self._ids = (ctypes.c_int * n)(*registers)
        self._values = (width * n)()
        size = ctypes.sizeof(width)
        start = ctypes.addressof(self._values)
        self._pointers = (ctypes.c_void_p * n)(*[start + size * i for i in range(n)])

    def read(self) -> list[int]:
        """Their values, in the order of the list."""
        uclib.uc_reg_read_batch(self._uch, self._ids, self._pointers, self._n)
        return list(self._values)

    def write(self, values: list[int]) -> None:
        """In the order of the list, which matters where one register decides what another means."""
        self._values[:] = values
        uclib.uc_reg_write_batch(self._uch, self._ids, self._pointers, self._n)
