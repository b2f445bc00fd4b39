"""What a fault is, and the registers that keep it for the handler (ARMv7-M ARM, B3.2.15 to B3.2.19)."""

from __future__ import annotations

from dataclasses import dataclass

import unicorn

NMI, HARD_FAULT, MEM_MANAGE, BUS_FAULT, USAGE_FAULT, SVCALL = 2, 3, 4, 5, 6, 11
PRECISERR, IMPRECISERR = 1 << 9, 1 << 10

READS = (unicorn.UC_MEM_READ_UNMAPPED, unicorn.UC_MEM_READ_PROT)
FETCHES = (unicorn.UC_MEM_FETCH_UNMAPPED, unicorn.UC_MEM_FETCH_PROT)


@dataclass(frozen=True)
class Fault:
    """One fault: the exception it asks for, its bits in CFSR, the address where one is known, and words for people."""

    exception: int
    cfsr: int
    address: int | None
    text: str
    debug: bool = False
    forced: bool = False


class FaultStatus:
    """CFSR, HFSR, MMFAR and BFAR."""

    def __init__(self) -> None:
        self.clear()

    def clear(self) -> None:
        """As after a reset."""
        self.cfsr = self.hfsr = self.mmfar = self.bfar = 0

    def record(self, fault: Fault) -> None:
        """Adds one fault."""
        self.cfsr |= fault.cfsr
        if fault.debug:
            self.hfsr |= 1 << 31
        if fault.forced:
            self.hfsr |= 1 << 30
        if fault.address is None:
            return
        if fault.exception == BUS_FAULT:
            self.bfar = fault.address
            self.cfsr |= 1 << 15
        elif fault.exception == MEM_MANAGE:
            self.mmfar = fault.address
            self.cfsr |= 1 << 7


def bad_access(access: int, address: int) -> Fault:
    """The fault of an access where nothing is, or that is not allowed."""
    if access in FETCHES:
        if 0x40000000 <= address < 0x60000000 or address >= 0xA0000000:
            return Fault(MEM_MANAGE, 1 << 0, None, f"instruction fetch from 0x{address:08X}, which is never executable")
        return Fault(BUS_FAULT, 1 << 8, None, f"instruction fetch from 0x{address:08X}, where nothing is")
    if access in READS:
        return Fault(BUS_FAULT, PRECISERR, address, f"read of 0x{address:08X}, where nothing is")
    if access == unicorn.UC_MEM_WRITE_PROT:
        return Fault(BUS_FAULT, PRECISERR, address, f"write to 0x{address:08X}, which is read-only memory")
    return Fault(BUS_FAULT, PRECISERR, address, f"write to 0x{address:08X}, where nothing is")
