"""A Cortex-M core on Unicorn: exception entry and return, faults and sleep, which Unicorn leaves to its user.

Section names are those of the ARMv7-M Architecture Reference Manual (DDI 0403E); what ARMv6-M has in other ways is data,
in features.py. Simplifications: tail-chained exceptions unstack and stack again; the floating-point frame is stacked at
once where hardware may do it lazily (the same bytes at the same place, only earlier); a faulting store is precise, as with
ACTLR.DISDEFWBUF set.
"""

from __future__ import annotations

import ctypes
import struct
from collections.abc import Callable
from typing import Any

import unicorn
from unicorn import arm_const as arm
from unicorn.unicorn_py3.unicorn import uclib

from . import registers as reg
from .bus import Bus
from .counter import Counter
from .cycles import ENTRY, RETURN
from .exceptions import Exceptions
from .faults import (
    BUS_FAULT,
    HARD_FAULT,
    MEM_MANAGE,
    NMI,
    SVCALL,
    USAGE_FAULT,
    Fault,
    FaultStatus,
    bad_access,
)
from .features import Features
from .memory import Memory
from .mpu import Mpu
from .registers import Register, RegisterSet

UNTIL = 0xFFFFFFFE  # no instruction is ever there, so only limits end a run
THUMB = 1 << 24
FPCA, SPSEL = 4, 2
WFE, SEV = 0xBF20, 0xBF40
TRAP_SVC, TRAP_PREFETCH, TRAP_ABORT, TRAP_BKPT, TRAP_EXIT, TRAP_INVSTATE = 2, 3, 4, 7, 8, 18


class CortexM(Exceptions):
    """The core's state beyond what Unicorn holds, and one run at a time."""

    def __init__(
        self, uc: Any, counter: Counter, memory: Memory, bus: Bus, features: Features, report: Callable[[str], None]
    ) -> None:
        super().__init__(uc, counter, features)
        self._bus = bus
        self._memory = memory
        self.report = report
        self.fpu = features.fpu
        self.status = FaultStatus()
        self._frame = RegisterSet(
            uc, [reg.R0, reg.R1, reg.R2, reg.R3, reg.R12, reg.LR, reg.PC, reg.XPSR, reg.SP, reg.CONTROL]
        )
        self._unframe = RegisterSet(uc, [reg.SP, reg.R0, reg.R1, reg.R2, reg.R3, reg.R12, reg.LR, reg.PC, reg.XPSR])
        self._enter = RegisterSet(uc, [reg.SP, reg.CONTROL, reg.PC, reg.LR, reg.XPSR])
        self._xpsr, self._pc, self._sp = (Register(uc, r) for r in (reg.XPSR, reg.PC, reg.SP))
        self._control = Register(uc, reg.CONTROL)
        self._floats = RegisterSet(uc, [arm.UC_ARM_REG_D0 + n for n in range(8)], ctypes.c_uint64)
        uc.hook_add(unicorn.UC_HOOK_INTR, self._on_trap)
        uc.hook_add(unicorn.UC_HOOK_MEM_INVALID, self._on_bad_access)
        self.describe: Callable[[int], str] = lambda _address: ""
        self._trap = 0
        self._bad_access: tuple[int, int] | None = None
        self._pending_fault: Fault | None = None
        self.reset()

    # --- reset (B1.5.5) ---

    def reset(self) -> None:
        """Back to what power-on leaves, and on to the reset vector."""
        uc = self.uc
        self.vtor = self.features.vectors
        self.mpu = Mpu()
        self.reset_exceptions()
        self.sleep_on_exit = False
        self.sleeping = ""
        self.reset_cause = ""
        self.fpu_on = False
        self.fpccr = 0xC0000000
        self.fpcar = 0
        self.status.clear()
        self._masks.write([0, 0, 0])
        uc.reg_write(reg.XPSR, THUMB)
        uc.reg_write(reg.CONTROL, 0)
        for n in range(13):
            uc.reg_write(arm.UC_ARM_REG_R0 + n, 0)
        uc.reg_write(reg.LR, 0xFFFFFFFF)
        stack, start = struct.unpack("<II", uc.mem_read(self.vtor, 8))
        uc.reg_write(reg.MSP, stack & ~3)
        uc.reg_write(reg.PC, start & ~1)
        self.pc = start & ~1

    # --- running ---

    def run(self, limit: int) -> str:
        """Executes until `limit` instructions were begun in all, or something stopped the core first.

        Returns "limit", "wfi", "wfe", "return" (an exception return to be done), "svc", or "fault" (already taken).
        """
        context = self.counter.context
        context.limit = limit
        context.stopped = 0
        self._trap = 0
        self._bad_access = None
        error = uclib.uc_emu_start(
            self.uc._uch, ctypes.c_uint64(self.pc | 1), ctypes.c_uint64(UNTIL), ctypes.c_uint64(0), ctypes.c_size_t(0)
        )
        failure = self._bus.failure or getattr(self.uc, "_hook_exception", None)
        if failure is not None:
            raise failure
        pc = self.pc = self._pc.read()
        if context.stopped and not self._pending_fault and not context.unaligned:
            return "limit"
        self.counter.take_back(pc)
        if context.unaligned:
            address, context.unaligned = context.unaligned, 0
            self._pending_fault = None
            self.take_fault(Fault(USAGE_FAULT, 1 << 24, None, f"unaligned access to the device at 0x{address:08X}"))
            return "fault"
        if self._pending_fault:
            fault, self._pending_fault = self._pending_fault, None
            self.take_fault(fault)
            return "fault"
        if self._trap:
            return self._trapped(self._trap)
        if error:
            return self._failed(error)
        return "wfi"

    def _trapped(self, trap: int) -> str:
        pc = self.pc
        if trap == TRAP_SVC:
            return "svc"
        if self._returns() and trap in (TRAP_PREFETCH, TRAP_EXIT):
            return "return"
        if trap == TRAP_BKPT:
            fault = Fault(HARD_FAULT, 0, None, "a breakpoint with no debugger", debug=True)
        elif trap == TRAP_PREFETCH:
            if self._bad_access:
                fault = bad_access(*self._bad_access)
            else:
                fault = Fault(MEM_MANAGE, 1 << 0, None, f"instruction fetch from 0x{pc:08X}, which is not executable")
        elif trap == TRAP_INVSTATE:
            fault = Fault(USAGE_FAULT, 1 << 17, None, "jump to an address without the Thumb bit")
        else:
            what = "unaligned access" if trap == TRAP_ABORT else f"impossible access (trap {trap})"
            fault = Fault(USAGE_FAULT, 1 << 24, None, what)
        self.take_fault(fault)
        return "fault"

    def _returns(self) -> bool:
        """A handler jumped to an EXC_RETURN value."""
        return self.pc >= 0xFFFFFFE0 and bool(self.active)

    def _failed(self, error: int) -> str:
        if (
            self._returns()
        ):  # Unicorn traps this jump on an ARMv7-M core, and tries to fetch from there on an ARMv6-M one
            return "return"
        if self._bad_access:
            access, address = self._bad_access
            self.take_fault(bad_access(access, address))
            return "fault"
        if error == unicorn.UC_ERR_INSN_INVALID and not self._xpsr.read() & THUMB:
            self.take_fault(Fault(USAGE_FAULT, 1 << 17, None, "jump to an address without the Thumb bit"))
            return "fault"
        if error == unicorn.UC_ERR_INSN_INVALID:
            if self._halfword(self.pc - 2) == WFE:
                return "wfe"
            self.take_fault(Fault(USAGE_FAULT, 1 << 16, None, "undefined instruction"))
            return "fault"
        self.take_fault(Fault(USAGE_FAULT, 1 << 16, None, f"Unicorn error {error}"))
        return "fault"

    def _on_trap(self, uc: Any, number: int, _user: object) -> None:
        self._trap = number
        uc.emu_stop()

    def _on_bad_access(self, _uc: Any, access: int, address: int, _size: int, _value: int, _user: object) -> bool:
        self._bad_access = (access, address)
        return False

    def refuse(self, fault: Fault) -> None:
        """From within an access to a device: the access faults, precisely."""
        if self._pending_fault is None:
            self._pending_fault = fault
            self.uc.emu_stop()

    def _halfword(self, address: int) -> int:
        return int.from_bytes(self.uc.mem_read(address, 2), "little")

    def watch_code(self, code: list[tuple[int, int]]) -> None:
        """Hooks each halfword of code that could be an instruction which Unicorn runs in another way than this core:
        SEV as a no-operation, and IT, CBZ and CBNZ where ARMv6-M has none (A5.2.5)."""
        blocks = self.features.conditional_blocks
        for start, end in code:
            for address in range(start, end - 1, 2):
                halfword = self._halfword(address)
                if halfword == SEV:
                    self._watch(address, self._on_send_event)
                elif not blocks and (halfword & 0xF500 == 0xB100 or (halfword >> 8 == 0xBF and halfword & 0xF)):
                    self._watch(address, self._on_undefined)

    def _watch(self, address: int, callback: Callable[..., None]) -> None:
        self.uc.hook_add(unicorn.UC_HOOK_CODE, callback, begin=address, end=address)

    def _on_send_event(self, *_args: object) -> None:
        self.event = True

    def _on_undefined(self, *_args: object) -> None:
        self.refuse(Fault(USAGE_FAULT, 1 << 16, None, "undefined instruction"))

    # --- entry and return (B1.5.6, B1.5.8) ---

    def take_pending(self) -> bool:
        """Enters the most urgent pending exception, if it may come in now."""
        context = self.counter.context
        context.watch = 0
        candidates = self.pending & self.enabled
        if not candidates:
            return False
        number = self._best(candidates)
        if self.group(self.priority[number]) < self.execution_priority():
            self.enter(number)
            return True
        masks = self._masks.read()
        if any(masks):
            context.primask, context.basepri, context.faultmask = masks
            context.watch = 1
        return False

    def enter(self, number: int) -> None:
        """Stacks the frame and goes to the handler."""
        *low, pc, xpsr, sp, control = self._frame.read()
        xpsr = xpsr & ~0x3FF & ~(1 << 9) | (self.active[-1] if self.active else 0) | THUMB
        floats = self.fpu and control & FPCA and self.fpccr >> 31
        self.counter.charge(ENTRY)
        size = 0x68 if floats else 0x20
        pad = sp & 4
        frame = (sp - size) & ~7
        data = struct.pack("<8I", *low, pc, xpsr | (1 << 9 if pad else 0))
        if floats:
            fpscr = self.uc.reg_read(arm.UC_ARM_REG_FPSCR)
            data += struct.pack("<8QII", *self._floats.read(), fpscr, 0)
            self.fpcar = frame + 0x20
        link = 0xFFFFFFF1 if self.active else 0xFFFFFFFD if control & SPSEL else 0xFFFFFFF9
        stack = self._memory.at(frame, size)
        stacked = stack is not None and not stack.readonly
        if stacked:
            stack[:] = data
        self.pending &= ~(1 << number)
        self.active.append(number)
        self.event = True
        self.sleeping = ""
        entry = self._memory.at(self.vtor + 4 * number, 4)
        vector = int.from_bytes(entry, "little") if entry is not None else 0
        self.pc = vector & ~1
        self._enter.write([frame, control & ~(FPCA | SPSEL), self.pc, link & ~0x10 if floats else link, number | THUMB])
        if not stacked:
            self.take_fault(Fault(BUS_FAULT, 1 << 12, None, f"no memory to stack exception {number} at 0x{frame:08X}"))
        elif not vector & 1:
            self.take_fault(Fault(USAGE_FAULT, 1 << 17, None, f"the vector of exception {number} is 0x{vector:08X}"))

    def leave(self) -> None:
        """Returns from the exception that runs now; `pc` is the EXC_RETURN value, less its lowest bit."""
        value = self.pc | 1
        number = self.active.pop()
        self.counter.charge(RETURN)
        if number != NMI and self._masks.read()[2]:
            self.uc.reg_write(reg.FAULTMASK, 0)
        to_handler = value & 0xF == 1
        if value & 0xF not in (1, 9, 0xD) or to_handler != bool(self.active) or not (value & 0x10 or self.fpu):
            self.take_fault(Fault(USAGE_FAULT, 1 << 18, None, f"exception return with 0x{value:08X}"))
            return
        self._xpsr.write((self.active[-1] if self.active else 0) | THUMB)
        control = self._control.read() & ~(FPCA | SPSEL)
        floats = not value & 0x10
        if value & 0xF == 0xD:
            control |= SPSEL
        self._control.write(control | (FPCA if floats else 0))
        sp = self._sp.read()
        size = 0x68 if floats else 0x20
        data = self._memory.at(sp, size)
        if data is None:
            self.take_fault(Fault(BUS_FAULT, 1 << 11, None, f"no stack frame to return to at 0x{sp:08X}"))
            return
        *low, pc, xpsr = struct.unpack_from("<8I", data)
        if floats:
            *values, fpscr, _ = struct.unpack_from("<8QII", data, 0x20)
            self._floats.write(values)
            self.uc.reg_write(arm.UC_ARM_REG_FPSCR, fpscr)
        restored = xpsr & ~0x3FF | (self.active[-1] if self.active else 0)
        self._unframe.write([sp + size + (4 if xpsr & (1 << 9) else 0), *low, pc & ~1, restored])
        self.pc = pc & ~1
        self.event = True
        if self.lines >> number & 1:
            self.pend(number)
        if self.sleep_on_exit and not self.active:
            self.sleeping = "wfi"

    # --- faults (B1.5.14) ---

    def take_fault(self, fault: Fault) -> None:
        """Reports a fault and enters its handler, or HardFault in its place, or locks up."""
        where = "" if fault.address is None else self.describe(fault.address)
        self.report(f"{fault.text}{where} at PC 0x{self.pc:08X}, LR 0x{self.uc.reg_read(reg.LR):08X}")
        self.status.record(fault)
        level = self.execution_priority()
        number = fault.exception
        if not self.enabled >> number & 1 or self.group(self.priority[number]) >= level:
            if number != HARD_FAULT:
                self.status.hfsr |= 1 << 30  # FORCED
            number = HARD_FAULT
        if number == HARD_FAULT and level <= -1:
            self.report("a fault within a fault: the CPU locks up")
            if self.features.lockup_resets:
                self.reset_cause = "lockup"
            else:
                self.sleeping = "off"
            return
        self.enter(number)

    def supervisor_call(self) -> None:
        """Takes SVC, or the fault that it is where its priority is too low."""
        if self.group(self.priority[SVCALL]) < self.execution_priority():
            self.enter(SVCALL)
        else:
            self.take_fault(Fault(HARD_FAULT, 0, None, "SVC where its priority does not allow it", forced=True))

    def check_fpu(self) -> None:
        """Unicorn never disables its FPU; CONTROL.FPCA tells that it was used (B3.2.20)."""
        if self.fpu and not self.fpu_on:
            control = self._control.read()
            if control & FPCA:
                self._control.write(control & ~FPCA)
                self.take_fault(
                    Fault(
                        USAGE_FAULT,
                        1 << 19,
                        None,
                        "an FPU instruction ran, with the FPU off in CPACR, some time before",
                    )
                )
